-- A part of its jobs.
SELECT j.id FROM batch b JOIN job j ON j.id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
    WHERE b.id = :batch_id AND b.pruned_ms IS NOT NULL ORDER BY j.id LIMIT :most;
