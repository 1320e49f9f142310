-- A job's calls in order.
SELECT n, outcome, http_status, error, request_id, claimed_ms, started_ms, ended_ms, bytes, slot_no, cost_micros, excerpt FROM attempt WHERE job_id = :job_id ORDER BY n;
