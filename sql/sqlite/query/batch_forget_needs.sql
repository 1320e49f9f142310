-- The same of all batches' budgets.
UPDATE batch SET need_micros = 0 WHERE need_micros > 0;
