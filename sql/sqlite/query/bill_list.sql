-- The ledger since a day, added up by batch, account or day.
SELECT CASE :by WHEN 'batch' THEN coalesce(b.name, g.name || ' (pruned)', 'batch ' || l.batch_id) WHEN 'account' THEN a.name
            ELSE date(l.day * 86400, 'unixepoch') END,
        a.currency, sum(l.calls), sum(l.chars), sum(l.micros), sum(l.maybe_micros)
    FROM bill l JOIN account a ON a.id = l.account_id LEFT JOIN batch b ON b.id = l.batch_id
        LEFT JOIN pruned g ON g.id = -l.batch_id
    WHERE l.day >= :since GROUP BY 1, 2 ORDER BY min(CASE :by WHEN 'batch' THEN l.batch_id ELSE l.day END), 1;
