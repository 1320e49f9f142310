-- Mirrors [profile:…]; :keep 1 = what is there stays as it is.
INSERT OR REPLACE INTO profile(name, account_id, retry_max, uncertain_max, backoff_base_ms, backoff_cap_ms, timeout_total_ms,
        wants_context, voice, fingerprint, price_micros, price_units, price_unit, bills_failed)
    SELECT :name, id, :retry_max, :uncertain_max, :backoff_base_ms, :backoff_cap_ms, :timeout_total_ms,
        :wants_context, :voice, :fingerprint, :price_micros, :price_units, :price_unit, :bills_failed
    FROM account WHERE name = :account AND NOT (:keep AND EXISTS (SELECT 1 FROM profile WHERE name = :name));
