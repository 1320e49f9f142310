-- What the end of a batch sets off: one kind of thing, if it is asked for.
INSERT INTO ending(batch_id, batch, end_no, kind, target, key, ended_ms, n_done, n_failed, n_cancelled, n_held,
        spent_micros, currency)
    SELECT b.id, b.name, b.ends, :kind,
        CASE :kind WHEN 'command' THEN coalesce(b.on_done, m.on_done, '') ELSE coalesce(b.notify, m.notify, '') END
            AS target,
        :key, b.ended_ms, b.n_done, b.n_failed, b.n_cancelled, b.n_held, b.spent_micros, a.currency
    FROM batch b JOIN account a ON a.id = b.account_id JOIN meta m ON m.one = 1
    WHERE b.id = :batch_id AND target <> '';
