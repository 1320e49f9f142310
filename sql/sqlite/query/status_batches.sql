-- All batches, or one.
SELECT b.id, b.name, b.profile, a.name, b.created_ms, b.chars, b.n_delayed, b.n_ready, b.n_running, b.n_done,
        b.n_failed, b.n_cancelled, b.n_held, b.n_uncertain_attempts, b.producer_id IS NOT NULL, b.priority, b.weight,
        b.n_shared, a.currency, b.budget_micros, b.spent_micros, b.reserved_micros, b.need_micros,
        b.cap, b.by_ms, b.start_ms, CASE WHEN b.delivered_done >= b.n_done THEN b.delivered_ms END,
        b.n_spoken, b.spoken_chars
    FROM batch b JOIN account a ON a.id = b.account_id
    WHERE b.id >= :first AND b.id <= :last AND b.pruned_ms IS NULL ORDER BY b.id;
