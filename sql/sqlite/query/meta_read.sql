-- The store's own facts.
SELECT boot_id, default_profile FROM meta WHERE one = 1;
