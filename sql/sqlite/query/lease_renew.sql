-- All slots of a worker on an account.
UPDATE lease SET until_boot_ms = :until_boot_ms WHERE account_id = :account_id AND worker_id = :worker_id AND held = 0;
