-- A person's rate, until the configured value changes; the bucket starts full.
UPDATE account SET rate_interval_us = :rate_interval_us, rate_next_boot_us = 0 WHERE name = :name;
