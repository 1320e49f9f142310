-- The log of a job's calls.
DELETE FROM attempt WHERE job_id = :job_id;
