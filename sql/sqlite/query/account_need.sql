-- The job that the budget has no room for; 0 = it has again.
UPDATE account SET need_micros = :need WHERE id = :account_id AND need_micros <> :need;
