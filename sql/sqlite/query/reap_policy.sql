-- How a job goes on after an uncertain attempt.
SELECT j.attempts, j.refusals, j.uncertain, p.retry_max, p.uncertain_max, p.backoff_base_ms, p.backoff_cap_ms,
        coalesce(b.uncertain = 'hold', a.hold_uncertain)
    FROM job j JOIN batch b ON b.id = j.batch_id JOIN account a ON a.id = b.account_id
    LEFT JOIN profile p ON p.name = b.profile WHERE j.id = :job_id;
