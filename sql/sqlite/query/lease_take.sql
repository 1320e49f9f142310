-- A free slot.
INSERT INTO lease(account_id, slot_no, worker_id, until_boot_ms) VALUES (:account_id, :slot_no, :worker_id, :until_boot_ms);
