-- All that the ends of a batch have set off, oldest first.
SELECT id, batch_id, batch, end_no, kind, target, key, ended_ms, n_done, n_failed, n_cancelled, n_held, spent_micros,
        currency, state, tries, over_ms, code, why
    FROM ending WHERE batch_id = :batch_id ORDER BY end_no, kind;
