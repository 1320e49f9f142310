-- Who owns a request, and how far that is.
SELECT r.proof, j.id, j.state, j.waits_for IS NOT NULL OR j.piece_no > 0, j.due_boot_ms,
        (SELECT x.id FROM result x WHERE x.id = j.result_id AND x.unshared = 0),
        j.state = 'cancelled' AND EXISTS (SELECT 1 FROM attempt a
            WHERE a.job_id = j.id AND a.n = j.attempt_no AND a.outcome = 'sending'),
        b.name, b.pruned_ms IS NOT NULL
    FROM request r JOIN job j ON j.id = r.job_id JOIN batch b ON b.id = j.batch_id WHERE r.key = :key;
