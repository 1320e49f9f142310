-- Every call on record, with the time at which its job could have been first taken.
SELECT a.account_id, a.n, a.outcome, a.claimed_ms, a.started_ms, a.ended_ms, a.error GLOB 'adopted*', b.created_ms,
        a.error GLOB 'needless*'
    FROM attempt a JOIN job j ON j.id = a.job_id JOIN batch b ON b.id = j.batch_id;
