-- The job that the batch's budget has no room for; 0 = it has again.
UPDATE batch SET need_micros = :need WHERE id = :batch_id;
