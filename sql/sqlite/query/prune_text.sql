-- A job's text.
DELETE FROM job_text WHERE job_id = :job_id;
