-- A page of a batch's jobs, or one of them, in some states, listed as ',ready,,held,', for some reason.
SELECT j.id, j.state FROM batch b
    JOIN job j ON j.id BETWEEN max(b.first_job_id, :after + 1, :job_id)
        AND CASE :job_id WHEN 0 THEN b.last_job_id ELSE min(b.last_job_id, :job_id) END AND j.batch_id = b.id
    WHERE b.id = :batch_id AND instr(:states, ',' || j.state || ',') > 0
    AND (:why IS NULL OR instr(lower(coalesce(j.why, '')), lower(:why)) > 0) ORDER BY j.id LIMIT :most;
