-- Ready again, as if new; the attempts stay on record.
UPDATE job SET state = 'ready', hold = 0, attempts = 0, refusals = 0, uncertain = 0, why = NULL, result_id = NULL, due_boot_ms = NULL,
    not_before_ms = NULL, waits_for = NULL WHERE id = :job_id AND state = :state;
