-- All accounts with their occupancy.
SELECT a.id, a.name, a.cap, a.paused_until_boot_ms, a.stopped, a.pause_reason,
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 0),
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 1)
    FROM account a ORDER BY a.name;
