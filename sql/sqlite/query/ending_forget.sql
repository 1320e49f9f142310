-- Of a batch that was pruned meanwhile nobody asks how it went.
DELETE FROM ending WHERE id = :id AND state IN ('done', 'failed')
    AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.id = ending.batch_id AND b.pruned_ms IS NULL);
