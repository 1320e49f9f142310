-- A call was given up before its end: its slot is held for as long as an abandoned call counts.
UPDATE lease SET held = 1, until_boot_ms = min(:over_by_boot_ms, :now_boot_ms +
        (SELECT linger_ms FROM account WHERE id = lease.account_id))
    WHERE (account_id, worker_id) = (SELECT account_id, worker_id FROM attempt WHERE job_id = :job_id AND n = :n)
    AND slot_no = :slot_no AND held = 0;
