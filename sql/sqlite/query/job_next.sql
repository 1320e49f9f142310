-- The next job of a batch, in order.
SELECT id, attempt_no, chars, attempts, refusals, uncertain, piece_no, seq
    FROM job WHERE batch_id = :batch_id AND state = 'ready' ORDER BY rank, seq LIMIT 1;
