-- One job of a batch, when a person's choice is about it: its state, why it stands there, how its newest call ended. Is a call of
-- it being made, for what it lacks; was one answered after it was cancelled; may it go back to waiting, and for what: a start, or a delay;
-- is it to be held.
SELECT j.state, j.state = 'running' OR j.state = 'cancelled' AND EXISTS (SELECT 1 FROM attempt a
        WHERE a.job_id = j.id AND a.n = j.attempt_no AND a.outcome = 'sending' AND a.piece_no = j.piece_no),
        j.state = 'cancelled' AND (EXISTS (SELECT 1 FROM result r WHERE r.id = j.result_id AND r.unshared <> 1)
            OR j.piece_no > 0 AND NOT EXISTS (SELECT 1 FROM piece p WHERE p.job_id = j.id AND p.result_id IS NULL)),
        j.chars,
        j.attempt_no = 0 AND j.state <> 'failed', b.start_ms, j.due_boot_ms, j.not_before_ms, j.hold
    FROM job j JOIN batch b ON b.id = j.batch_id
    WHERE j.id = :job_id AND j.batch_id = :batch_id AND b.pruned_ms IS NULL AND instr(:states, ',' || j.state || ',') > 0
    AND (:why IS NULL OR instr(lower(coalesce(j.why, '')), lower(:why)) > 0)
    AND (:filtered = 0 OR EXISTS (SELECT 1 FROM attempt x WHERE x.job_id = j.id
        AND x.n = (SELECT max(n) FROM attempt WHERE job_id = j.id)
        AND (:status_to = 0 OR x.http_status BETWEEN :status_from AND :status_to)
        AND (:error IS NULL OR instr(lower(coalesce(x.error, '')), lower(:error)) > 0
            OR instr(lower(coalesce(x.error, '')), lower(:error_or)) > 0)
        AND coalesce(x.ended_ms, x.claimed_ms) >= :since_ms));
