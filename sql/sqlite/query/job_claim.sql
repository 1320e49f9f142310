-- A job is taken, to be called.
UPDATE job SET state = 'running', attempt_no = attempt_no + 1 WHERE id = :job_id AND state = 'ready';
