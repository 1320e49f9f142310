-- Delayed jobs whose time has come.
SELECT id, batch_id FROM job INDEXED BY job_due WHERE state = 'delayed' AND due_boot_ms <= :now_boot_ms ORDER BY due_boot_ms LIMIT :most;
