-- A claimed job is not called: the budget has no room for it.
UPDATE job SET state = 'ready', attempt_no = attempt_no - 1 WHERE id = :job_id AND state = 'running';
