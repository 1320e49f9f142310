-- A late answer for a job that still wants one; a cancelled one: job_keep_answer.
UPDATE job SET state = 'done', result_id = :result_id, piece_no = 0, why = NULL, due_boot_ms = NULL, not_before_ms = NULL, waits_for = NULL
    WHERE id = :job_id AND state NOT IN ('done', 'cancelled');
