-- Held or cancelled before its time had come, and wanted again: it waits for that time, as if nothing had been.
UPDATE job SET state = 'delayed', hold = 0, attempts = 0, refusals = 0, uncertain = 0, why = NULL,
    due_boot_ms = CASE WHEN :start_ms IS NULL THEN due_boot_ms END, not_before_ms = coalesce(:start_ms, not_before_ms) WHERE id = :job_id AND state = :state;
