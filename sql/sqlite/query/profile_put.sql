-- Mirrors [profile:…].
INSERT OR REPLACE INTO profile(name, account_id, retry_max, uncertain_max, backoff_base_ms, backoff_cap_ms, timeout_total_ms,
        wants_context, voice, fingerprint)
    SELECT :name, id, :retry_max, :uncertain_max, :backoff_base_ms, :backoff_cap_ms, :timeout_total_ms,
        :wants_context, :voice, :fingerprint
    FROM account WHERE name = :account;
