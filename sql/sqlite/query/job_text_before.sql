-- The end of the text before a job's in its batch, for providers that take it as context. Others' jobs may lie between,
-- a few.
SELECT substr(t.text, -:chars, :chars) FROM job j JOIN job_text t ON t.job_id = j.id
    WHERE j.id BETWEEN :job_id - :near AND :job_id - 1 AND j.batch_id = :batch_id ORDER BY j.id DESC LIMIT 1;
