-- What a claim moved.
UPDATE account SET vtime = :vtime, rate_next_boot_us = :rate_next_boot_us WHERE id = :account_id;
