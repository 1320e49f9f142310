-- For the rare paths that must know where a job stands.
SELECT batch_id, state, piece_no FROM job WHERE id = :job_id;
