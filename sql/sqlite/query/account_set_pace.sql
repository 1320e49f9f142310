-- What claims moved: virtual time and places in time.
UPDATE account SET vtime = :vtime, rate_next_boot_us = :rate_next_boot_us, chars_next_boot_us = :chars_next_boot_us,
    last_call_boot_us = :last_call_boot_us, ramp_boot_ms = :ramp_boot_ms WHERE id = :account_id;
