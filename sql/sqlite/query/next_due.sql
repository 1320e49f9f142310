-- When the next delayed job is due.
SELECT min(due_boot_ms) FROM job INDEXED BY job_due WHERE state = 'delayed';
