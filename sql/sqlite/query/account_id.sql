-- Id of an account.
SELECT id FROM account WHERE name = :name;
