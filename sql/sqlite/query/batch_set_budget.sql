-- A person's budget for a batch; NULL = none.
UPDATE batch SET budget_micros = :micros, need_micros = 0 WHERE id = :batch_id;
