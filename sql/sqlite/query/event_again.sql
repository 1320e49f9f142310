-- The same happened lately, :near events back at most: it is counted, and moves to the end. :same 0 = whatever was said of it.
UPDATE event SET id = (SELECT max(id) FROM event) + 1, at_ms = :now_ms, times = times + 1, job_id = :job_id, what = :what
    WHERE id = (SELECT id FROM event
        WHERE id > (SELECT max(id) FROM event) - :near AND at_ms >= :since_ms AND kind = :kind AND who IS :who
            AND batch IS (SELECT name FROM batch WHERE id = :batch_id)
            AND account IS (SELECT name FROM account WHERE id = :account_id)
            AND (NOT :same OR what = :what)
        ORDER BY id DESC LIMIT 1);
