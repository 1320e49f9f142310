-- Durable before the first byte.
INSERT INTO attempt(job_id, n, worker_id, account_id, key, outcome, claimed_ms, piece_no, cost_micros)
    VALUES (:job_id, :n, :worker_id, :account_id, :key, 'sending', :now_ms, :piece_no, :cost);
