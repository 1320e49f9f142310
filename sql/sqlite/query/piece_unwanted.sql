-- The answers of a job's pieces are nobody's any more: there is one to the whole text. They go with the job.
UPDATE result SET unshared = 1 WHERE id IN (SELECT result_id FROM piece WHERE job_id = :job_id);
