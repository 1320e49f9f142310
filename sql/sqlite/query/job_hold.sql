-- Waits for a person, because a person says so.
UPDATE job SET state = 'held', why = 'held by a person', due_boot_ms = NULL, not_before_ms = NULL, waits_for = NULL
    WHERE id = :job_id AND state = :state;
