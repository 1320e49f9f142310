-- Batches whose rows are gone, but for the newest: its number must not be given again, and that of a load may be.
DELETE FROM batch WHERE pruned_ms IS NOT NULL AND last_job_id = 0 AND id < (SELECT max(id) FROM batch WHERE producer_id IS NULL);
