-- Leases of a worker that is being reaped.
SELECT l.account_id, l.slot_no, l.until_boot_ms, a.linger_ms FROM lease l JOIN account a ON a.id = l.account_id
    WHERE l.worker_id = :worker_id AND l.held = 0;
