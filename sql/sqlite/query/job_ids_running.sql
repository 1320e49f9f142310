-- A page of a batch's running jobs: each has an open attempt, and of these there are few.
SELECT j.id FROM attempt a INDEXED BY attempt_open CROSS JOIN job j ON j.id = a.job_id
    WHERE a.outcome = 'sending' AND a.n = j.attempt_no AND j.state = 'running' AND j.batch_id = :batch_id AND j.id > :after
    ORDER BY j.id LIMIT :most;
