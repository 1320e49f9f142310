-- Slots in use from a number upwards.
SELECT count(*) FROM lease WHERE account_id = :account_id AND slot_no >= :from;
