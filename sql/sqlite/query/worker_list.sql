-- Everybody.
SELECT id, kind, state FROM worker ORDER BY started_ms, id;
