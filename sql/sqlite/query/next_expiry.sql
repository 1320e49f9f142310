-- When the next lease ends.
SELECT min(until_boot_ms) FROM lease;
