-- A person's plan for a batch; what is NULL stays. By how much it is ahead of the virtual time of its priority, it stays ahead,
-- on another priority, too; what it is behind, because its own cap kept it, it does not get back. So a change of plans
-- gives no credit and takes none, however often it is made (src/queue/fair.h).
UPDATE batch SET weight = coalesce(:weight, weight), priority = coalesce(:priority, priority),
    cap = CASE WHEN :cap IS NULL THEN cap WHEN :cap = 0 THEN NULL ELSE :cap END,
    by_ms = CASE WHEN :by_ms IS NULL THEN by_ms WHEN :by_ms = 0 THEN NULL ELSE :by_ms END,
    vtime = CASE WHEN coalesce(:priority, priority) = priority AND (:cap IS NULL OR cap IS NULL) THEN vtime
        ELSE max(0, vtime - CASE priority WHEN 0 THEN (SELECT vtime FROM account WHERE id = batch.account_id)
                ELSE coalesce((SELECT vtime FROM level l WHERE l.account_id = batch.account_id AND l.priority = batch.priority), 0) END)
            + CASE coalesce(:priority, priority) WHEN 0 THEN (SELECT vtime FROM account WHERE id = batch.account_id)
                ELSE coalesce((SELECT vtime FROM level l WHERE l.account_id = batch.account_id
                    AND l.priority = coalesce(:priority, batch.priority)), 0) END END
    WHERE id = :batch_id;
