-- A window on all requests, each with whether a job of the batch owns it.
SELECT r.key, EXISTS (SELECT 1 FROM job j WHERE j.id = r.job_id AND j.batch_id = :batch_id)
    FROM request r WHERE r.key >= :from ORDER BY r.key LIMIT :most;
