-- The half-loaded batch itself.
DELETE FROM batch WHERE id = :batch_id AND producer_id < 0;
