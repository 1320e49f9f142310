-- Jobs that wait for the start of their batch.
SELECT j.id, j.batch_id FROM batch b CROSS JOIN job j INDEXED BY job_due ON j.state = 'delayed' AND j.due_boot_ms IS NULL
        AND j.id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
    WHERE b.id = :batch_id LIMIT :most;
