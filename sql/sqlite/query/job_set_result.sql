-- The answer of a job that has just become done.
UPDATE job SET result_id = :result_id WHERE id = :job_id;
