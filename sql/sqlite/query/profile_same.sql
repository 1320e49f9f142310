-- 1 when profile_put would change nothing; :keep 1 = what is there stays as it is.
SELECT 1 FROM profile p JOIN account a ON a.id = p.account_id
    WHERE p.name = :name AND (:keep OR a.name = :account AND retry_max = :retry_max
    AND uncertain_max = :uncertain_max AND backoff_base_ms = :backoff_base_ms
    AND backoff_cap_ms = :backoff_cap_ms AND timeout_total_ms = :timeout_total_ms AND wants_context = :wants_context
    AND p.voice IS :voice AND p.fingerprint IS :fingerprint
    AND price_micros = :price_micros AND price_units = :price_units AND price_unit = :price_unit
    AND bills_failed = :bills_failed);
