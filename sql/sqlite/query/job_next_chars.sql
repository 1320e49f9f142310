-- The length of the text that job_claim would give next.
SELECT chars FROM job WHERE batch_id = :batch_id AND state = 'ready' ORDER BY rank, seq LIMIT 1;
