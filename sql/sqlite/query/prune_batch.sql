-- For people it is gone, and its name and its input are free; its rows go in parts.
UPDATE batch SET name = char(1) || 'pruned-' || id, source_sha256 = NULL, spent_micros = 0, pruned_ms = :now_ms
    WHERE id = :batch_id;
