-- What a day's budget of an account allows, and which day its sum is of.
SELECT budget_day_micros, spent_micros, reserved_micros, need_micros, currency, day FROM account WHERE id = :account_id;
