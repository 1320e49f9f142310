-- A batch ends when nothing of it goes on by itself any more; when it had come to rest before
-- (:moved 0), only if the last held job has gone now.
UPDATE batch SET ends = ends + 1, ended_ms = :now_ms
    WHERE id = :batch_id AND n_ready = 0 AND n_running = 0 AND n_delayed = 0 AND producer_id IS NULL
        AND (:moved OR n_held = 0);
