-- The next job that others wait for.
SELECT min(waits_for) FROM job INDEXED BY job_waiting WHERE waits_for > :after;
