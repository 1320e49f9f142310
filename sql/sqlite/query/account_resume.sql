-- Open again.
UPDATE account SET paused_until_boot_ms = 0, stopped = 0, pause_reason = NULL WHERE name = :name AND (stopped = 1 OR paused_until_boot_ms > 0);
