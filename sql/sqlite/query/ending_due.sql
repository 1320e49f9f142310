-- What is to be done now, oldest first.
SELECT id, batch_id, batch, end_no, kind, target, key, ended_ms, n_done, n_failed, n_cancelled, n_held, spent_micros,
        currency, state, tries, over_ms, code, why
    FROM ending WHERE state = 'waiting' AND due_boot_ms <= :now_boot_ms AND kind = :kind
    ORDER BY due_boot_ms, id LIMIT :most;
