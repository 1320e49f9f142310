-- When a batch has come to its newest end, if it is at an end.
SELECT ended_ms FROM batch
    WHERE id = :batch_id AND n_ready = 0 AND n_running = 0 AND n_delayed = 0 AND ended_ms IS NOT NULL;
