-- Progress of loading: order numbers and characters.
UPDATE batch SET last_seq = last_seq + :jobs, chars = chars + :chars WHERE id = :batch_id AND producer_id IS NOT NULL;
