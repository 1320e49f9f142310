-- Where loading stands.
SELECT last_seq FROM batch WHERE id = :batch_id AND producer_id > 0;
