-- Running delays keep what was left of them, measured by the wall clock and never longer than before; a job that
-- waits for another's answer looks at once.
UPDATE job SET due_boot_ms = :now_boot_ms + max(0, min(coalesce(not_before_ms - :now_ms, 0), :most_ms)) WHERE state = 'delayed';
