-- All workers with their slots.
SELECT w.id, w.kind, w.state, w.pid, w.restarts, w.started_ms,
        (SELECT count(*) FROM lease l WHERE l.worker_id = w.id AND l.held = 0)
    FROM worker w ORDER BY w.kind, w.started_ms, w.id;
