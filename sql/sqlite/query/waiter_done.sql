-- What a job waited for is there.
UPDATE job SET state = 'done', result_id = :result_id, waits_for = NULL, due_boot_ms = NULL, not_before_ms = NULL, why = NULL
    WHERE id = :job_id AND state = 'delayed';
