-- Running jobs without an open attempt, and the other way round.
SELECT 'running job ' || id || ' has no open attempt' FROM job j WHERE state = 'running'
        AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.job_id = j.id AND a.n = j.attempt_no AND outcome = 'sending')
    UNION ALL
SELECT 'job ' || id || ' waits for another one without being delayed' FROM job
    WHERE waits_for IS NOT NULL AND (state <> 'delayed' OR due_boot_ms IS NULL)
    UNION ALL
SELECT 'done job ' || id || ' has no result' FROM job WHERE state = 'done' AND result_id IS NULL
        AND piece_no = 0
    UNION ALL
SELECT 'job ' || id || ' has a result and is ' || state FROM job
    WHERE result_id IS NOT NULL AND state <> 'done' AND state <> 'cancelled'
    UNION ALL
SELECT 'piece ' || p.n || ' of job ' || j.id || ' has no result' FROM piece p JOIN job j ON j.id = p.job_id
        WHERE p.n < j.piece_no AND p.result_id IS NULL
    UNION ALL
SELECT 'job ' || id || ' has no piece ' || (piece_no - (state = 'done')) FROM job j WHERE piece_no > 0
        AND NOT EXISTS (SELECT 1 FROM piece p WHERE p.job_id = j.id AND p.n = j.piece_no - (j.state = 'done' OR j.state = 'cancelled' AND j.piece_no > 1)) LIMIT 1;
