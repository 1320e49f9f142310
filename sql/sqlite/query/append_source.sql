-- The same input adds nothing the next time.
INSERT OR IGNORE INTO appended(batch_id, source_sha256) VALUES (:batch_id, :source_sha256);
