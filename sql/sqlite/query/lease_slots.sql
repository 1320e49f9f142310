-- Taken slots of an account in order; the gaps are free.
SELECT slot_no FROM lease WHERE account_id = :account_id ORDER BY slot_no;
