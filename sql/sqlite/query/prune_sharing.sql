-- The next batch that shares answers of others, and its first job.
SELECT id, first_job_id FROM batch WHERE id > :after AND n_shared > 0 AND pruned_ms IS NULL ORDER BY id LIMIT 1;
