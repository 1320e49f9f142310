-- None of its jobs waits for its start any more.
UPDATE batch SET start_ms = NULL WHERE id = :batch_id;
