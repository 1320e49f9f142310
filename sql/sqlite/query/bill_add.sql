-- The ledger of a day, account and batch.
INSERT INTO bill(day, account_id, batch_id, calls, chars, micros, maybe_micros)
    VALUES (:day, :account_id, :batch_id, :calls, :chars, :micros, :maybe)
    ON CONFLICT(day, account_id, batch_id) DO UPDATE SET calls = calls + :calls, chars = chars + :chars,
        micros = micros + :micros, maybe_micros = maybe_micros + :maybe;
