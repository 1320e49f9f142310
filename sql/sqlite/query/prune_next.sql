-- A batch whose rows are to be removed. The newest batch's own row stays until there is a newer one that is
-- whole, so that no other batch gets its number: a load may be given up.
SELECT id FROM batch INDEXED BY batch_pruned WHERE pruned_ms IS NOT NULL
    AND (last_job_id > 0 OR id < (SELECT max(id) FROM batch WHERE producer_id IS NULL)) ORDER BY pruned_ms LIMIT 1;
