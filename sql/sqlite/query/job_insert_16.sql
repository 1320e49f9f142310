-- Sixteen plain jobs of a loading batch at once: half the price a row. Ids follow the newest job's.
-- OR ROLLBACK: a failure ends the transaction anyway, so SQLite need not keep every page as it was before this statement.
INSERT OR ROLLBACK INTO job(batch_id, seq, state, chars) VALUES
    (:batch_id, :seq + 0, 'ready', :c0),
    (:batch_id, :seq + 1, 'ready', :c1),
    (:batch_id, :seq + 2, 'ready', :c2),
    (:batch_id, :seq + 3, 'ready', :c3),
    (:batch_id, :seq + 4, 'ready', :c4),
    (:batch_id, :seq + 5, 'ready', :c5),
    (:batch_id, :seq + 6, 'ready', :c6),
    (:batch_id, :seq + 7, 'ready', :c7),
    (:batch_id, :seq + 8, 'ready', :c8),
    (:batch_id, :seq + 9, 'ready', :c9),
    (:batch_id, :seq + 10, 'ready', :c10),
    (:batch_id, :seq + 11, 'ready', :c11),
    (:batch_id, :seq + 12, 'ready', :c12),
    (:batch_id, :seq + 13, 'ready', :c13),
    (:batch_id, :seq + 14, 'ready', :c14),
    (:batch_id, :seq + 15, 'ready', :c15);
