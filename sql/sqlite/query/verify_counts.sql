-- Batches whose kept counts differ from the counted ones.
SELECT b.name FROM batch b WHERE (b.n_delayed, b.n_ready, b.n_running, b.n_done, b.n_failed, b.n_cancelled, b.n_held) IS NOT
    (SELECT coalesce(sum(state = 'delayed'), 0), coalesce(sum(state = 'ready'), 0), coalesce(sum(state = 'running'), 0),
        coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'cancelled'), 0),
        coalesce(sum(state = 'held'), 0) FROM job WHERE batch_id = b.id) AND b.producer_id IS NULL LIMIT 1;
