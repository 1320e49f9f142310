-- Inputs that were added to it.
DELETE FROM appended WHERE batch_id = :batch_id;
