-- The virtual time of a priority has moved on.
INSERT INTO level(account_id, priority, vtime) VALUES (:account_id, :priority, :vtime)
    ON CONFLICT(account_id, priority) DO UPDATE SET vtime = max(vtime, excluded.vtime);
