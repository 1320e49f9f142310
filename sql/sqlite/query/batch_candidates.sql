-- Batches that could be served next, best first, and for how many jobs; those whose own cap is full, or whose budget has
-- no room for the next job, are not; :gratis 1 = nor is one whose calls have a price.
-- :profiles, each name between two newlines: nor one of another profile.
SELECT b.id, b.priority, b.weight, b.vtime,
        CASE WHEN b.cap IS NULL THEN b.n_ready ELSE min(b.n_ready, b.cap - b.n_running) END, b.profile, b.voice,
        coalesce(b.uncertain = 'hold', a.hold_uncertain), p.wants_context, p.fingerprint, p.voice, b.fresh,
        p.price_micros, p.price_units, p.price_unit,
        b.budget_micros, b.budget_micros - b.spent_micros - b.reserved_micros, b.need_micros
    FROM batch b JOIN account a ON a.id = b.account_id LEFT JOIN profile p ON p.name = b.profile
    WHERE b.account_id = :account_id AND b.n_ready > 0 AND b.producer_id IS NULL
        AND (:gratis = 0 OR coalesce(p.price_micros, 0) = 0)
        AND (:profiles IS NULL OR instr(:profiles, char(10) || b.profile || char(10)) > 0)
        AND (b.cap IS NULL OR b.n_running < b.cap)
        AND (b.need_micros = 0 OR b.budget_micros IS NULL
            OR b.spent_micros + b.reserved_micros + b.need_micros <= b.budget_micros)
    ORDER BY b.priority DESC, b.vtime, b.id LIMIT :most;
