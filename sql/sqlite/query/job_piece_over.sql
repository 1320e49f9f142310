-- A piece was answered: the job goes on with the next that lacks an answer as if new, or is held before it, or is done with the last; a cancelled
-- one stays so, for a retry to go on from there.
UPDATE job SET state = :state, why = CASE :state WHEN 'cancelled' THEN why WHEN 'held' THEN 'held by a person' END, due_boot_ms = NULL, not_before_ms = NULL,
    piece_no = coalesce((SELECT p.n FROM piece p WHERE p.job_id = :job_id AND p.n > :n AND p.result_id IS NULL ORDER BY p.n LIMIT 1),
        (SELECT max(p.n) + 1 FROM piece p WHERE p.job_id = :job_id)),
    attempts = CASE WHEN :state = 'ready' OR :state = 'held' THEN 0 ELSE attempts END, refusals = 0, uncertain = 0
    WHERE id = :job_id;
