-- When the next batch starts, by the wall clock.
SELECT min(start_ms) FROM batch INDEXED BY batch_start WHERE start_ms IS NOT NULL AND producer_id IS NULL;
