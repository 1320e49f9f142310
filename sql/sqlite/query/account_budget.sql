-- What a day's budget of an account allows; it is another day when :day is not the row's.
SELECT budget_day_micros, CASE WHEN day < :day THEN 0 ELSE spent_micros END, reserved_micros, need_micros, currency
    FROM account WHERE id = :account_id;
