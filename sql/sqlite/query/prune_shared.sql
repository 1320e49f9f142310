-- A window on the jobs of such a batch, each with the answer it shares with the batch that goes, or 0.
SELECT j.id, coalesce((SELECT r.id FROM result r JOIN job o ON o.id = r.job_id
        WHERE r.id = j.result_id AND o.batch_id = :batch_id), 0)
    FROM batch b JOIN job j ON j.id BETWEEN max(:from, b.first_job_id) AND b.last_job_id AND j.batch_id = b.id
    WHERE b.id = :sharer ORDER BY j.id LIMIT :most;
