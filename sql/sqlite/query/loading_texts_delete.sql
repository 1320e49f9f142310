-- A part of a half-loaded batch, which never became visible.
DELETE FROM job_text WHERE job_id IN (SELECT id FROM job WHERE batch_id = :batch_id ORDER BY state, rank, seq LIMIT :most);
