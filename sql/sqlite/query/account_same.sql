-- 1 when account_put would change nothing; :keep 1 = what is there stays as it is.
SELECT 1 FROM account WHERE name = :name AND (:keep OR cap_configured = :cap
    AND rate_configured_us = :rate_interval_us AND rate_burst = :rate_burst
    AND chars_interval_ns = :chars_interval_ns AND chars_burst = :chars_burst
    AND min_interval_us = :min_interval_us AND ramp_per_min = :ramp_per_min
    AND breaker_limit = :breaker_limit AND breaker_base_ms = :breaker_base_ms AND breaker_max_ms = :breaker_max_ms
    AND hold_uncertain = :hold_uncertain AND linger_ms = :linger_ms
    AND currency = :currency AND budget_day_micros IS :budget_day);
