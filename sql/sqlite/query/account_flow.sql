-- Flow control of an account: struct flow of src/queue/flow.h, and its virtual time.
SELECT vtime, cap, rate_interval_us, rate_burst, chars_interval_ns, chars_burst, min_interval_us, ramp_per_min,
        breaker_limit, breaker_base_ms, breaker_max_ms,
        rate_next_boot_us, chars_next_boot_us, last_call_boot_us, ramp_boot_ms,
        paused_until_boot_ms, paused_until_ms, stopped, paused_by_person,
        eff_cap, eff_floor, eff_shrunk_boot_ms, eff_grow_boot_ms, eff_grow_wait_ms, eff_grown,
        learned_cap, others, others_until_boot_ms,
        breaker, breaker_failures, breaker_first_ms, breaker_opened_boot_ms, breaker_until_boot_ms, breaker_wait_ms,
        probe_job_id, probe_n,
        seen_calls, seen_chars, seen_ms, seen_chars2, seen_chars_ms, seen_busy_ms
    FROM account WHERE id = :account_id;
