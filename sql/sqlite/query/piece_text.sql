-- What is to be sent for a piece.
SELECT CAST(substr(CAST(t.text AS BLOB), p.at + 1, p.bytes) AS TEXT), t.voice
    FROM piece p JOIN job_text t ON t.job_id = p.job_id WHERE p.job_id = :job_id AND p.n = :n;
