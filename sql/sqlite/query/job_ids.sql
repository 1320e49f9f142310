-- Ids of a batch's jobs in order (sorted once, then read in pages).
SELECT id FROM job WHERE batch_id = :batch_id ORDER BY seq;
