-- Wanted no more.
UPDATE job SET state = 'cancelled', why = 'cancelled by a person', due_boot_ms = NULL, not_before_ms = NULL, waits_for = NULL
    WHERE id = :job_id AND state = :state;
