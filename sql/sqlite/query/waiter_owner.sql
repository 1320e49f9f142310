-- How far the job is that others wait for: the columns of request_owner.
SELECT 0, j.id, j.state, j.waits_for IS NOT NULL OR j.piece_no > 0, j.due_boot_ms,
        (SELECT x.id FROM result x WHERE x.id = j.result_id AND x.unshared = 0),
        j.state = 'cancelled' AND EXISTS (SELECT 1 FROM attempt a
            WHERE a.job_id = j.id AND a.n = j.attempt_no AND a.outcome = 'sending'),
        NULL
    FROM job j WHERE j.id = :job_id;
