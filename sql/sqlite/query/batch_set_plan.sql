-- A person's plan for a batch; what is NULL stays. On another priority, or with another cap, it starts at the virtual time
-- of its priority: it neither pays for the past nor hoards it.
UPDATE batch SET weight = coalesce(:weight, weight), priority = coalesce(:priority, priority),
    cap = CASE WHEN :cap IS NULL THEN cap WHEN :cap = 0 THEN NULL ELSE :cap END,
    by_ms = CASE WHEN :by_ms IS NULL THEN by_ms WHEN :by_ms = 0 THEN NULL ELSE :by_ms END,
    vtime = CASE WHEN coalesce(:priority, priority) = priority AND :cap IS NULL THEN vtime
        WHEN coalesce(:priority, priority) = 0 THEN (SELECT vtime FROM account WHERE id = batch.account_id)
        ELSE coalesce((SELECT vtime FROM level l WHERE l.account_id = batch.account_id
            AND l.priority = coalesce(:priority, batch.priority)), 0) END
    WHERE id = :batch_id;
