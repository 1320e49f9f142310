-- Running delays, and those of jobs that were held or cancelled meanwhile, keep what was left of them, measured by the wall clock and never longer than before: less than the
-- old boot's clock said in all, or a clock that begins in 1970 would make years of seconds. A job that waits for
-- another's answer looks at once. Those that wait for a start (due_boot_ms IS NULL) wait for the wall clock.
UPDATE job SET
    due_boot_ms = :now_boot_ms + max(0, min(coalesce(not_before_ms - :now_ms, 0), due_boot_ms, :most_ms)),
    not_before_ms = min(not_before_ms, :now_ms + min(due_boot_ms, :most_ms))
    WHERE (state = 'failed' OR state = 'held' OR state = 'delayed' OR state = 'cancelled') AND due_boot_ms IS NOT NULL;
