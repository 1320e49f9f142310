-- A worker is up.
INSERT INTO worker(id, kind, pid, restarts, state, started_ms) VALUES (:id, :kind, :pid, :restarts, 'running', :now_ms);
