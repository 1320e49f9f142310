-- Batches go with their profile to another account, at its virtual time; calls in flight stay where they began.
UPDATE batch SET (account_id, vtime) =
        (SELECT a.id, a.vtime FROM profile p JOIN account a ON a.id = p.account_id WHERE p.name = batch.profile)
    WHERE account_id <> (SELECT account_id FROM profile WHERE name = batch.profile);
