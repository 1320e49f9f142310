-- A batch whose start has come.
SELECT id FROM batch INDEXED BY batch_start WHERE start_ms <= :now_ms AND producer_id IS NULL ORDER BY start_ms LIMIT 1;
