-- The job itself.
DELETE FROM job WHERE id = :job_id;
