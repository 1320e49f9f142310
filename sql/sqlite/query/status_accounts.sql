-- All accounts with their occupancy.
SELECT a.id, a.name, a.cap, a.paused_until_boot_ms, a.stopped, a.pause_reason,
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 0),
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 1),
        a.currency, a.budget_day_micros, CASE WHEN a.day < :day THEN 0 ELSE a.spent_micros END, a.reserved_micros, a.need_micros
    FROM account a ORDER BY a.name;
