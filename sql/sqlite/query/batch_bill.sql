-- What a turn reserved, gave back and spent.
UPDATE batch SET spent_micros = spent_micros + :spent, reserved_micros = reserved_micros + :reserved WHERE id = :batch_id;
