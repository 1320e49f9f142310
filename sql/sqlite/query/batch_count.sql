-- Moves kept counts by what a transaction changed. A batch that wakes up starts at the
-- virtual time of its priority (src/queue/fair.h).
UPDATE batch SET
    vtime = CASE WHEN n_ready = 0 AND :ready > 0
        THEN max(vtime, CASE priority WHEN 0 THEN (SELECT vtime FROM account WHERE id = batch.account_id)
            ELSE coalesce((SELECT vtime FROM level l WHERE l.account_id = batch.account_id AND l.priority = batch.priority), 0) END)
        ELSE vtime END,
    n_delayed = n_delayed + :delayed, n_ready = n_ready + :ready, n_running = n_running + :running,
    n_done = n_done + :done, n_failed = n_failed + :failed, n_cancelled = n_cancelled + :cancelled,
    n_held = n_held + :held, n_uncertain_attempts = n_uncertain_attempts + :uncertain,
    n_shared = n_shared + :shared, n_spoken = n_spoken + :spoken, spoken_chars = spoken_chars + :spoken_chars,
    need_micros = CASE WHEN :ready > 0 THEN 0 ELSE need_micros END
    WHERE id = :batch_id;
