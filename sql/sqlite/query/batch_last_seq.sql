-- Where loading stands. 0 = whoever loads it.
SELECT last_seq FROM batch WHERE id = :batch_id AND producer_id > 0 AND :producer_id IN (0, producer_id);
