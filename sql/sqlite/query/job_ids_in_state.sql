-- A page of a batch's jobs in one state.
SELECT id FROM job WHERE batch_id = :batch_id AND state = :state ORDER BY rank, seq LIMIT :most;
