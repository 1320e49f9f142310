-- 1 when a batch with a cap of its own has jobs to give.
SELECT 1 FROM batch INDEXED BY batch_capped WHERE cap > 0 AND cap IS NOT NULL AND n_ready > 0 LIMIT 1;
