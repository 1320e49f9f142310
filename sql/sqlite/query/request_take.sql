-- The request gets another owner.
INSERT OR REPLACE INTO request(key, proof, job_id) VALUES (:key, :proof, :job_id);
