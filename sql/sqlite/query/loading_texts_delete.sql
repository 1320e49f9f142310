-- A part of an abandoned batch, which never became visible.
DELETE FROM job_text WHERE job_id IN (SELECT j.id FROM batch b JOIN job j
    ON j.id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
    WHERE b.id = :batch_id AND b.producer_id < 0 ORDER BY j.id LIMIT :most);
