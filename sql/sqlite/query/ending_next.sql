-- When there is something to be done again.
SELECT min(due_boot_ms) FROM ending WHERE state = 'waiting';
