-- 1 when account_put would change nothing.
SELECT 1 FROM account WHERE name = :name AND cap_configured = :cap
    AND rate_interval_us = :rate_interval_us AND rate_burst = :rate_burst
    AND hold_uncertain = :hold_uncertain AND linger_ms = :linger_ms
    AND currency = :currency AND budget_day_micros IS :budget_day;
