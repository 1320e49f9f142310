-- A job's pieces.
DELETE FROM piece WHERE job_id = :job_id;
