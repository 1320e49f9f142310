-- The account waits for a person; its jobs are kept.
UPDATE account SET stopped = 1, pause_reason = :reason WHERE id =
    (SELECT account_id FROM attempt WHERE job_id = :job_id AND n = :n);
