-- Loading is complete: from now on workers see the batch, at the account's virtual time.
UPDATE batch SET producer_id = NULL, vtime = (SELECT vtime FROM account WHERE id = batch.account_id)
    WHERE id = :batch_id AND producer_id > 0 AND :producer_id IN (0, producer_id);
