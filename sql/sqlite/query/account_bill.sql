-- What a turn reserved, gave back and spent. Money of another day than the row's changes no day's sum.
UPDATE account SET spent_micros = CASE WHEN day < :day THEN :spent WHEN day = :day THEN spent_micros + :spent ELSE spent_micros END,
    day = max(day, :day), reserved_micros = reserved_micros + :reserved WHERE id = :account_id;
