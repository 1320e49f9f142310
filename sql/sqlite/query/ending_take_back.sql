-- The process that had begun these is dead: what became of them is not known, so they are done again.
UPDATE ending SET state = 'waiting', due_boot_ms = 0,
    why = 'the process that was at it has died; it may have been done'
    WHERE state = 'running';
