-- The beginning of the text behind it.
SELECT substr(t.text, 1, :chars) FROM job j JOIN job_text t ON t.job_id = j.id
    WHERE j.id BETWEEN :job_id + 1 AND :job_id + :near AND j.batch_id = :batch_id ORDER BY j.id LIMIT 1;
