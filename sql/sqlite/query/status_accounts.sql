-- All accounts with their occupancy; what they let through is account_flow's.
SELECT a.id, a.name, a.pause_reason, a.breaker_why,
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 0),
        (SELECT count(*) FROM lease l WHERE l.account_id = a.id AND l.held = 1),
        a.currency, a.budget_day_micros, CASE WHEN a.day = :day THEN a.spent_micros ELSE coalesce((SELECT sum(l.micros + l.maybe_micros)
            FROM bill l WHERE l.day = :day AND l.account_id = a.id), 0) END, a.reserved_micros, a.need_micros
    FROM account a ORDER BY a.name;
