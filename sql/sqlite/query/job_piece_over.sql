-- A piece was answered: the job goes on with the next as if new, or is done with the last.
UPDATE job SET state = :state, piece_no = :n + 1, why = NULL, due_boot_ms = NULL, not_before_ms = NULL,
    attempts = CASE :state WHEN 'ready' THEN 0 ELSE attempts END, refusals = 0, uncertain = 0
    WHERE id = :job_id;
