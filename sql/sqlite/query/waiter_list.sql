-- Some of the jobs that wait for this one.
SELECT id, batch_id FROM job INDEXED BY job_waiting WHERE waits_for = :owner LIMIT :most;
