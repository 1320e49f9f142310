-- The first job that makes this request owns it.
INSERT INTO request(key, proof, job_id) VALUES (:key, :proof, :job_id) ON CONFLICT(key) DO NOTHING;
