-- A part of a job's text, to be spoken by a call of its own.
INSERT INTO piece(job_id, n, at, bytes) VALUES (:job_id, :n, :at, :bytes);
