-- The expired slots of a frozen worker on an account.
DELETE FROM lease WHERE worker_id = :worker_id AND account_id = :account_id AND held = 0
    AND until_boot_ms <= :now_boot_ms;
