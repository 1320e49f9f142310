-- All of a batch that has ended was handed over.
UPDATE batch SET delivered_ms = :now_ms, delivered_done = n_done
    WHERE id = :batch_id AND n_done = :done AND n_done > 0 AND n_ready + n_running + n_delayed + n_held + n_failed + n_cancelled = 0;
