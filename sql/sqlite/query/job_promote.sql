-- delayed becomes ready.
UPDATE job SET state = 'ready', due_boot_ms = NULL, not_before_ms = NULL, waits_for = NULL, why = NULL WHERE id = :job_id AND state = 'delayed';
