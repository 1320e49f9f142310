-- Ready again; the attempts that count go on counting.
UPDATE job SET state = 'ready', hold = 0, uncertain = 0, why = NULL, due_boot_ms = NULL, not_before_ms = NULL WHERE id = :job_id AND state = :state;
