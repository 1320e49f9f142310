-- A person's cap, until the configured value changes; what was found out under another one is forgotten.
UPDATE account SET cap = :cap, eff_cap = 0 WHERE name = :name;
