-- A job's pieces in order, with what has been answered.
SELECT p.n, p.at, p.bytes, r.id, r.path, r.format, r.bytes, r.duration_ms, r.sha256, r.offset
    FROM piece p LEFT JOIN result r ON r.id = p.result_id WHERE p.job_id = :job_id ORDER BY p.n;
