-- Batches go with their profile to another account, at the virtual time of their priority there; calls in flight stay where
-- they began.
UPDATE batch SET (account_id, vtime) =
        (SELECT a.id, CASE batch.priority WHEN 0 THEN a.vtime ELSE coalesce((SELECT l.vtime FROM level l
                WHERE l.account_id = a.id AND l.priority = batch.priority), 0) END
            FROM profile p JOIN account a ON a.id = p.account_id WHERE p.name = batch.profile)
    WHERE account_id <> (SELECT account_id FROM profile WHERE name = batch.profile);
