-- The expired slots of a frozen worker.
DELETE FROM lease WHERE worker_id = :worker_id AND until_boot_ms <= :now_boot_ms;
