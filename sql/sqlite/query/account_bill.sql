-- What a turn reserved, gave back and spent. Money of another day than the row's stands in the ledger only (account_day).
UPDATE account SET spent_micros = spent_micros + CASE WHEN day = :day THEN :spent ELSE 0 END,
    reserved_micros = reserved_micros + :reserved WHERE id = :account_id;
