-- After a reboot: what waited for its next try is due.
UPDATE ending SET due_boot_ms = 0 WHERE state = 'waiting';
