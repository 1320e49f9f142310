-- Live workers with an expired lease: frozen longer than any call may take.
SELECT DISTINCT worker_id FROM lease WHERE held = 0 AND until_boot_ms <= :now_boot_ms;
