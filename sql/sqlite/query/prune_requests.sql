-- Requests that its jobs own, a page of them.
SELECT r.key FROM request r JOIN batch b ON b.id = :batch_id JOIN job j ON j.id = r.job_id
    WHERE r.key >= :from AND r.job_id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
    ORDER BY r.key LIMIT :most;
