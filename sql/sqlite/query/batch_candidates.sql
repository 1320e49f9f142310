-- Batches that could be served next, best first.
SELECT b.id, b.priority, b.weight, b.vtime, b.n_ready, b.profile, b.voice,
        coalesce(b.uncertain = 'hold', a.hold_uncertain), p.wants_context, p.fingerprint, p.voice, b.fresh
    FROM batch b JOIN account a ON a.id = b.account_id LEFT JOIN profile p ON p.name = b.profile
    WHERE b.account_id = :account_id AND b.n_ready > 0 AND b.producer_id IS NULL
    ORDER BY b.priority DESC, b.vtime, b.id LIMIT :most;
