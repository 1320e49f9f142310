-- The batch that was made from the same input.
SELECT id, name FROM batch WHERE source_sha256 = :source_sha256 AND producer_id IS NULL ORDER BY id DESC LIMIT 1;
