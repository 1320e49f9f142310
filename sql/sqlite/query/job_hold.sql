-- Waits for a person, because a person says so. The time that it was to wait for, when it was never called, is kept.
UPDATE job SET state = 'held', hold = 1, why = 'held by a person', due_boot_ms = CASE WHEN attempt_no = 0 AND waits_for IS NULL THEN due_boot_ms END,
    not_before_ms = CASE WHEN attempt_no = 0 AND waits_for IS NULL THEN not_before_ms END, waits_for = NULL
    WHERE id = :job_id AND state = :state;
