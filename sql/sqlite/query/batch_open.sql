-- Loading is complete: from now on workers see the batch, at the
-- virtual time of its priority.
UPDATE batch SET producer_id = NULL, vtime = CASE priority WHEN 0 THEN (SELECT vtime FROM account WHERE id = batch.account_id)
            ELSE coalesce((SELECT vtime FROM level l WHERE l.account_id = batch.account_id AND l.priority = batch.priority), 0) END
    WHERE id = :batch_id AND producer_id > 0 AND :producer_id IN (0, producer_id) RETURNING last_seq, chars;
