-- Batches whose kept counts differ from the counted ones.
SELECT b.name FROM batch b LEFT JOIN (
        SELECT batch_id, sum(state = 'delayed') AS n_delayed, sum(state = 'ready') AS n_ready,
            sum(state = 'running') AS n_running, sum(state = 'done') AS n_done, sum(state = 'failed') AS n_failed,
            sum(state = 'cancelled') AS n_cancelled, sum(state = 'held') AS n_held
        FROM job GROUP BY batch_id) c ON c.batch_id = b.id
    LEFT JOIN (
        SELECT j.batch_id, count(*) AS n FROM attempt a JOIN job j ON j.id = a.job_id
        WHERE a.outcome = 'uncertain' GROUP BY j.batch_id) u ON u.batch_id = b.id
    WHERE (b.n_delayed, b.n_ready, b.n_running, b.n_done, b.n_failed, b.n_cancelled, b.n_held,
            b.n_uncertain_attempts)
        IS NOT (coalesce(c.n_delayed, 0), coalesce(c.n_ready, 0), coalesce(c.n_running, 0), coalesce(c.n_done, 0),
            coalesce(c.n_failed, 0), coalesce(c.n_cancelled, 0), coalesce(c.n_held, 0),
            coalesce(u.n, 0)) AND b.producer_id IS NULL AND b.pruned_ms IS NULL LIMIT 1;
