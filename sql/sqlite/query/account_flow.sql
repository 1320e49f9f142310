-- Live flow control of an account.
SELECT cap, paused_until_boot_ms, stopped, rate_interval_us, rate_burst, rate_next_boot_us, vtime
    FROM account WHERE id = :account_id;
