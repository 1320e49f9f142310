-- The same part's jobs.
DELETE FROM job WHERE id IN (SELECT id FROM job WHERE batch_id = :batch_id ORDER BY state, rank, seq LIMIT :most);
