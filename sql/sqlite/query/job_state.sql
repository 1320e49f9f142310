-- For the rare paths that must know where a job stands.
SELECT batch_id, state FROM job WHERE id = :job_id;
