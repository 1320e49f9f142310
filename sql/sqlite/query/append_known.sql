-- 1 when this input is in the batch, as its first or added later.
SELECT 1 FROM appended WHERE batch_id = :batch_id AND source_sha256 = :source_sha256
    UNION ALL SELECT 1 FROM batch WHERE id = :batch_id AND source_sha256 = :source_sha256 LIMIT 1;
