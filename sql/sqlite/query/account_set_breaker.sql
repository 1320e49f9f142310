-- What the ends of calls made of the breaker.
UPDATE account SET breaker = :breaker, breaker_failures = :breaker_failures, breaker_first_ms = :breaker_first_ms,
    breaker_opened_boot_ms = :breaker_opened_boot_ms, breaker_until_boot_ms = :breaker_until_boot_ms,
    breaker_wait_ms = :breaker_wait_ms, breaker_why = coalesce(:breaker_why, breaker_why), probe_job_id = :probe_job_id, probe_n = :probe_n
    WHERE id = :account_id;
