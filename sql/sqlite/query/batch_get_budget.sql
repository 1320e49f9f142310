-- The budget as it stands.
SELECT budget_micros FROM batch WHERE id = :batch_id;
