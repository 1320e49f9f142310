-- The cap as it stands.
SELECT cap FROM account WHERE name = :name;
