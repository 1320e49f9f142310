-- The default profile for SQL producers.
UPDATE meta SET default_profile = :profile WHERE one = 1;
