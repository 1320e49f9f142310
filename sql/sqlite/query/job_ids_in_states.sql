-- A page of a batch's jobs, or one of them, in some states, listed as ',ready,,held,', for some reason,
-- or by how its newest call ended; is a call of it being made; was one answered after it was cancelled?
SELECT j.id, j.state, j.state = 'running' OR j.state = 'cancelled' AND EXISTS (SELECT 1 FROM attempt a
        WHERE a.job_id = j.id AND a.n = j.attempt_no AND a.outcome = 'sending'),
        j.state = 'cancelled' AND (EXISTS (SELECT 1 FROM result r WHERE r.id = j.result_id AND r.unshared <> 1)
            OR j.piece_no > 0 AND NOT EXISTS (SELECT 1 FROM piece p WHERE p.job_id = j.id AND p.result_id IS NULL)),
        j.chars
    FROM batch b
    JOIN job j ON j.id BETWEEN max(b.first_job_id, :after + 1, :job_id)
        AND CASE :job_id WHEN 0 THEN b.last_job_id ELSE min(b.last_job_id, :job_id) END AND j.batch_id = b.id
    WHERE b.id = :batch_id AND b.pruned_ms IS NULL AND instr(:states, ',' || j.state || ',') > 0
    AND (:why IS NULL OR instr(lower(coalesce(j.why, '')), lower(:why)) > 0)
    AND (:filtered = 0 OR EXISTS (SELECT 1 FROM attempt x WHERE x.job_id = j.id
        AND x.n = (SELECT max(n) FROM attempt WHERE job_id = j.id)
        AND (:status_to = 0 OR x.http_status BETWEEN :status_from AND :status_to)
        AND (:error IS NULL OR instr(lower(coalesce(x.error, '')), lower(:error)) > 0
            OR instr(lower(coalesce(x.error, '')), lower(:error_or)) > 0)
        AND coalesce(x.ended_ms, x.claimed_ms) >= :since_ms)) ORDER BY j.id LIMIT :most;
