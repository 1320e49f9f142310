-- A claimed job is not called, and never will be: a whole budget has no room for it.
UPDATE job SET state = 'held', attempt_no = attempt_no - 1, why = :why WHERE id = :job_id AND state = 'running';
