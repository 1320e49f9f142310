-- What account_put is about to replace because the configured value is another one: the cap (0 = it stays, or is so already),
-- whether a person has said it, and whether a person's rate goes.
SELECT id, CASE WHEN cap_configured <> :cap AND cap <> :cap THEN cap ELSE 0 END, cap <> cap_configured,
        rate_configured_us <> :rate_interval_us AND rate_interval_us NOT IN (rate_configured_us, :rate_interval_us)
    FROM account WHERE name = :name;
