-- A live worker with an expired lease, and of which account: frozen longer than any call of it may take.
SELECT worker_id, account_id FROM lease WHERE held = 0 AND until_boot_ms <= :now_boot_ms LIMIT 1;
