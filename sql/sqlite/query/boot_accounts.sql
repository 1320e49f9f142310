-- What was measured in the boot before is over: pauses (but for what is left of a person's), places in time, waits.
UPDATE account SET
    paused_until_boot_ms = CASE WHEN paused_until_ms > :now_ms THEN :now_boot_ms + min(paused_until_ms - :now_ms, paused_until_boot_ms, :most_ms) ELSE 0 END,
    paused_until_ms = CASE WHEN paused_until_ms > :now_ms THEN min(paused_until_ms, :now_ms + min(paused_until_boot_ms, :most_ms)) ELSE 0 END,
    paused_by_person = paused_by_person AND (stopped OR paused_until_ms > :now_ms),
    rate_next_boot_us = 0, chars_next_boot_us = 0, last_call_boot_us = 0, ramp_boot_ms = 0,
    eff_shrunk_boot_ms = 0, eff_grow_boot_ms = 0, others_until_boot_ms = 0,
    breaker = CASE breaker WHEN 'closed' THEN 'closed' ELSE 'open' END,
    breaker_opened_boot_ms = :now_boot_ms, breaker_until_boot_ms = 0, probe_job_id = 0, probe_n = 0;
