-- Whose bill an attempt goes on, and what it costs.
SELECT a.account_id, a.claimed_ms, j.batch_id, CASE WHEN a.piece_no > 0 THEN
            (SELECT length(CAST(substr(CAST(t.text AS BLOB), p.at + 1, p.bytes) AS TEXT))
            FROM piece p JOIN job_text t ON t.job_id = p.job_id WHERE p.job_id = a.job_id AND p.n = a.piece_no)
        ELSE j.chars END,
        p.price_micros, p.price_units, p.bills_failed
    FROM attempt a JOIN job j ON j.id = a.job_id JOIN batch b ON b.id = j.batch_id LEFT JOIN profile p ON p.name = b.profile
    WHERE a.job_id = :job_id AND a.n = :n;
