-- A try is over.
UPDATE ending SET state = :state, due_boot_ms = :due_boot_ms, over_ms = :now_ms, code = :code, why = :why
    WHERE id = :id AND state = 'running';
