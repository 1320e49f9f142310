-- Is there a piece behind this one?
SELECT 1 FROM piece WHERE job_id = :job_id AND n = :n + 1;
