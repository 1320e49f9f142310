-- A pause does not outlive the boot it was measured in; the bucket starts full.
UPDATE account SET paused_until_boot_ms = 0, rate_next_boot_us = 0;
