-- Mirrors [account:…]. A cap set at runtime stays until the configured value changes.
INSERT INTO account(name, cap, cap_configured, rate_interval_us, rate_burst, hold_uncertain, linger_ms,
        currency, budget_day_micros)
    VALUES (:name, :cap, :cap, :rate_interval_us, :rate_burst, :hold_uncertain, :linger_ms,
        :currency, :budget_day)
    ON CONFLICT(name) DO UPDATE SET
        cap = CASE WHEN cap_configured = :cap THEN cap ELSE :cap END,
        cap_configured = :cap,
        rate_next_boot_us = CASE WHEN rate_interval_us = :rate_interval_us THEN rate_next_boot_us ELSE 0 END,
        rate_interval_us = :rate_interval_us,
        rate_burst = :rate_burst,
        hold_uncertain = :hold_uncertain,
        linger_ms = :linger_ms,
        currency = :currency,
        need_micros = CASE WHEN budget_day_micros IS :budget_day THEN need_micros ELSE 0 END,
        budget_day_micros = :budget_day;
