-- Held slots whose calls must be over.
DELETE FROM lease WHERE until_boot_ms <= :now_boot_ms AND held = 1;
