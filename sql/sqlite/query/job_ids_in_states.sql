-- A page of a batch's jobs, or one of them, in some states, listed as ',ready,,held,', for some reason;
-- is a call of it being made?
SELECT j.id, j.state, j.state = 'running' OR j.state = 'cancelled' AND EXISTS (SELECT 1 FROM attempt a
        WHERE a.job_id = j.id AND a.n = j.attempt_no AND a.outcome = 'sending')
    FROM batch b
    JOIN job j ON j.id BETWEEN max(b.first_job_id, :after + 1, :job_id)
        AND CASE :job_id WHEN 0 THEN b.last_job_id ELSE min(b.last_job_id, :job_id) END AND j.batch_id = b.id
    WHERE b.id = :batch_id AND instr(:states, ',' || j.state || ',') > 0
    AND (:why IS NULL OR instr(lower(coalesce(j.why, '')), lower(:why)) > 0) ORDER BY j.id LIMIT :most;
