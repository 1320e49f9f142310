-- A person's cap, until the configured value changes.
UPDATE account SET cap = :cap WHERE name = :name;
