-- No new call before; the longest pause wins.
UPDATE account SET paused_until_boot_ms = max(paused_until_boot_ms, :until_boot_ms), pause_reason = :reason WHERE id =
    (SELECT account_id FROM attempt WHERE job_id = :job_id AND n = :n);
