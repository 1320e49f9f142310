-- What a late answer is an answer to.
SELECT piece_no FROM attempt WHERE job_id = :job_id AND n = :n;
