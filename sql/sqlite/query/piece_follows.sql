-- Is there a piece behind this one that has no answer yet?
SELECT 1 FROM piece WHERE job_id = :job_id AND n > :n AND result_id IS NULL LIMIT 1;
