-- Wanted no more. The time that it was to wait for, when it was never called, is kept.
UPDATE job SET state = 'cancelled', hold = 0, why = 'cancelled by a person', due_boot_ms = CASE WHEN attempt_no = 0 AND waits_for IS NULL THEN due_boot_ms END,
    not_before_ms = CASE WHEN attempt_no = 0 AND waits_for IS NULL THEN not_before_ms END, waits_for = NULL
    WHERE id = :job_id AND state = :state;
