-- A claimed job finds the same request in flight: it waits for its end, or looks again after a while.
UPDATE job SET state = 'delayed', attempt_no = attempt_no - 1, waits_for = :owner, due_boot_ms = :due_boot_ms, why = :why
    WHERE id = :job_id AND state = 'running';
