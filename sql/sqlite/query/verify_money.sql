-- What is reserved is what the calls that are open may cost; what is spent stands in the ledger.
WITH open AS (SELECT j.batch_id, a.account_id, a.cost_micros FROM attempt a INDEXED BY attempt_open
        JOIN job j ON j.id = a.job_id WHERE a.outcome = 'sending' AND a.cost_micros > 0)
SELECT 'batch ' || b.name FROM batch b
        LEFT JOIN (SELECT batch_id, sum(cost_micros) AS micros FROM open GROUP BY 1) o ON o.batch_id = b.id
        LEFT JOIN (SELECT batch_id, sum(micros + maybe_micros) AS micros FROM bill GROUP BY 1) l ON l.batch_id = b.id
        WHERE b.reserved_micros <> coalesce(o.micros, 0) OR b.spent_micros <> coalesce(l.micros, 0)
    UNION ALL
SELECT 'account ' || c.name FROM account c
        LEFT JOIN (SELECT account_id, sum(cost_micros) AS micros FROM open GROUP BY 1) o ON o.account_id = c.id
        LEFT JOIN (SELECT account_id, day, sum(micros + maybe_micros) AS micros FROM bill GROUP BY 1, 2) l
            ON l.account_id = c.id AND l.day = c.day
        WHERE c.reserved_micros <> coalesce(o.micros, 0) OR c.spent_micros <> coalesce(l.micros, 0) LIMIT 1;
