-- A page of a batch's jobs in some states, listed as ',ready,,held,'.
SELECT j.id, j.state FROM batch b
    JOIN job j ON j.id BETWEEN max(b.first_job_id, :after + 1) AND b.last_job_id AND j.batch_id = b.id
    WHERE b.id = :batch_id AND instr(:states, ',' || j.state || ',') > 0 ORDER BY j.id LIMIT :most;
