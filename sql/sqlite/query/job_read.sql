-- One job whole.
SELECT j.id, j.batch_id, j.seq, b.name, t.name, t.ext_id, t.text, j.state, j.chars, j.attempts, j.refusals,
        j.uncertain, j.attempt_no, j.not_before_ms, j.why, r.id, r.path, r.format, r.bytes, r.duration_ms, r.sha256,
        r.offset,
        CASE WHEN j.piece_no > 0 THEN (SELECT count(*) FROM piece p WHERE p.job_id = j.id) ELSE 0 END, j.piece_no,
        r.job_id, (SELECT ended_ms FROM attempt a WHERE a.job_id = j.id AND a.n = j.attempt_no),
        (SELECT sum(a.cost_micros) FROM attempt a WHERE a.job_id = j.id),
        coalesce(t.voice, b.voice), t.chapter, t.begins, j.hold
    FROM job j JOIN batch b ON b.id = j.batch_id JOIN job_text t ON t.job_id = j.id LEFT JOIN result r ON r.id = j.result_id AND j.state = 'done'
    WHERE j.id = :job_id;
