-- Running delays keep what was left of them, measured by the wall clock and never longer than before; a job that
-- waits for another's answer looks at once. Those that wait for a start (due_boot_ms IS NULL) wait for the wall clock.
UPDATE job SET due_boot_ms = :now_boot_ms + max(0, min(coalesce(not_before_ms - :now_ms, 0), :most_ms)) WHERE state = 'delayed' AND due_boot_ms IS NOT NULL;
