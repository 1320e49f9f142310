-- Calls of before may still run at the provider for as long as an abandoned call counts.
UPDATE lease SET held = 1, until_boot_ms = :now_boot_ms + (SELECT linger_ms FROM account WHERE id = lease.account_id);
