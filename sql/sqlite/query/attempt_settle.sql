-- The outcome of a call, once.
UPDATE attempt SET outcome = :outcome, slot_no = :slot_no, started_ms = :started_ms, ended_ms = :ended_ms,
    http_status = :http_status, bytes = :bytes, request_id = :request_id, error = :error, excerpt = :excerpt
    WHERE job_id = :job_id AND n = :n AND outcome = 'sending';
