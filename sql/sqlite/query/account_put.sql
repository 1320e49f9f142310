-- Mirrors [account:…]; :keep 1 = what is there stays as it is. A cap or rate set at runtime stays until the configured
-- value changes. A breaker that is switched off while it is open is closed.
INSERT INTO account(name, cap, cap_configured, rate_interval_us, rate_configured_us, rate_burst, hold_uncertain, linger_ms,
        chars_interval_ns, chars_burst, min_interval_us, ramp_per_min, breaker_limit, breaker_base_ms, breaker_max_ms,
        currency, budget_day_micros)
    VALUES (:name, :cap, :cap, :rate_interval_us, :rate_interval_us, :rate_burst, :hold_uncertain, :linger_ms,
        :chars_interval_ns, :chars_burst, :min_interval_us, :ramp_per_min, :breaker_limit, :breaker_base_ms, :breaker_max_ms,
        :currency, :budget_day)
    ON CONFLICT(name) DO UPDATE SET
        cap = CASE WHEN cap_configured = :cap THEN cap ELSE :cap END,
        eff_cap = CASE WHEN cap_configured = :cap THEN eff_cap ELSE 0 END,
        cap_configured = :cap,
        rate_next_boot_us = CASE WHEN rate_configured_us = :rate_interval_us THEN rate_next_boot_us ELSE 0 END,
        rate_interval_us = CASE WHEN rate_configured_us = :rate_interval_us THEN rate_interval_us ELSE :rate_interval_us END,
        rate_configured_us = :rate_interval_us,
        rate_burst = :rate_burst,
        chars_next_boot_us = CASE WHEN chars_interval_ns = :chars_interval_ns THEN chars_next_boot_us ELSE 0 END,
        chars_interval_ns = :chars_interval_ns,
        chars_burst = :chars_burst,
        min_interval_us = :min_interval_us,
        ramp_per_min = :ramp_per_min,
        breaker = CASE WHEN :breaker_limit = 0 AND breaker_limit > 0 THEN 'closed' ELSE breaker END,
        breaker_failures = CASE WHEN :breaker_limit = 0 THEN 0 ELSE breaker_failures END,
        breaker_limit = :breaker_limit,
        breaker_base_ms = :breaker_base_ms,
        breaker_max_ms = :breaker_max_ms,
        hold_uncertain = :hold_uncertain,
        linger_ms = :linger_ms,
        currency = :currency,
        need_micros = CASE WHEN budget_day_micros IS :budget_day THEN need_micros ELSE 0 END,
        budget_day_micros = :budget_day
    WHERE NOT :keep;
