-- Half-loaded batches of a dead producer.
SELECT id FROM batch WHERE producer_id IN (:producer_id, -:producer_id);
