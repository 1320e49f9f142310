-- An answer after all, of a call that was given up as uncertain.
UPDATE attempt SET outcome = 'answered', slot_no = :slot_no, started_ms = :started_ms, ended_ms = :ended_ms,
    http_status = :http_status, bytes = :bytes, request_id = :request_id, error = 'answered late', excerpt = NULL
    WHERE job_id = :job_id AND n = :n AND outcome = 'uncertain';
