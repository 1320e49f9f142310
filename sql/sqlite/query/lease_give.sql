-- A slot back, by its owner.
DELETE FROM lease WHERE account_id = :account_id AND slot_no = :slot_no AND worker_id = :worker_id AND held = 0;
