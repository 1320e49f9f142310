-- Batches whose rows are gone, but for the newest of all: its number must not be given again.
DELETE FROM batch WHERE pruned_ms IS NOT NULL AND last_job_id = 0 AND id < (SELECT max(id) FROM batch);
