-- The next job of a batch, in order.
UPDATE job SET state = 'running', attempt_no = attempt_no + 1 WHERE id =
    (SELECT id FROM job WHERE batch_id = :batch_id AND state = 'ready' ORDER BY rank, seq LIMIT 1)
    RETURNING id, attempt_no, chars, attempts, refusals, uncertain, piece_no, seq;
