-- Answers that belong to a job: its own, or those of its pieces.
SELECT r.id, r.path, r.offset, r.bytes FROM job j JOIN result r ON r.id = j.result_id
        WHERE j.id = :job_id AND r.job_id = j.id
    UNION ALL
SELECT r.id, r.path, r.offset, r.bytes FROM piece p JOIN result r ON r.id = p.result_id
        WHERE p.job_id = :job_id AND r.job_id = p.job_id;
