-- What was loaded is in the other batch now.
DELETE FROM batch WHERE id = :batch_id AND producer_id > 0;
