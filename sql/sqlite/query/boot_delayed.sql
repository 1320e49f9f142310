-- Running delays keep what was left of them, measured by the wall clock and never longer than before.
UPDATE job SET due_boot_ms = :now_boot_ms + max(0, min(not_before_ms - :now_ms, :most_ms)) WHERE state = 'delayed';
