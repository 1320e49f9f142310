-- The worker is dead, its call may still run.
UPDATE lease SET held = 1, until_boot_ms = :until_boot_ms WHERE account_id = :account_id AND slot_no = :slot_no;
