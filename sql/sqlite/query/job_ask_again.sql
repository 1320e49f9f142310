-- A done job whose answer is lost: ready, as if new; in pieces, from the first that is lacking on.
UPDATE job SET state = 'ready', hold = 0, attempts = 0, refusals = 0, uncertain = 0, why = NULL, result_id = NULL,
    piece_no = CASE piece_no WHEN 0 THEN 0 ELSE
        (SELECT min(n) FROM piece p WHERE p.job_id = :job_id AND p.result_id IS NULL) END
    WHERE id = :job_id AND state = 'done'
        AND EXISTS (SELECT 1 FROM batch b WHERE b.id = job.batch_id AND b.pruned_ms IS NULL) AND CASE piece_no WHEN 0 THEN result_id = :result_id ELSE
        EXISTS (SELECT 1 FROM piece p WHERE p.job_id = :job_id AND p.result_id IS NULL) END
    RETURNING batch_id, (SELECT r.job_id <> :job_id FROM result r WHERE r.id = :result_id);
