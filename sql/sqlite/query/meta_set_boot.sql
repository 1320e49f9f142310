-- A new boot: deadlines have been moved to its clock.
UPDATE meta SET boot_id = :boot_id WHERE one = 1;
