-- What was given up of the ends of a batch is done again, with all its tries.
UPDATE ending SET state = 'waiting', due_boot_ms = 0, tries = 0, code = NULL, why = NULL
    WHERE batch_id = :batch_id AND state = 'failed';
