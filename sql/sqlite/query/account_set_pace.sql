-- What claims and answers moved: virtual time, places in time, what calls take.
UPDATE account SET vtime = :vtime, rate_next_boot_us = :rate_next_boot_us, chars_next_boot_us = :chars_next_boot_us,
    last_call_boot_us = :last_call_boot_us, ramp_boot_ms = :ramp_boot_ms,
    seen_calls = :seen_calls, seen_chars = :seen_chars, seen_ms = :seen_ms, seen_chars2 = :seen_chars2,
    seen_chars_ms = :seen_chars_ms, seen_busy_ms = :seen_busy_ms WHERE id = :account_id;
