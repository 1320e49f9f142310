-- Answers of its jobs that jobs of other batches share, a page of them, with one of those jobs.
SELECT j.id, r.id FROM batch b CROSS JOIN job j ON j.id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
        CROSS JOIN result r ON r.id = j.result_id CROSS JOIN job o ON o.id = r.job_id
    WHERE b.n_shared > 0 AND b.id <> :batch_id AND b.pruned_ms IS NULL AND o.batch_id = :batch_id LIMIT :most;
