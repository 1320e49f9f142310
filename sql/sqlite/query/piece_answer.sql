-- The answer of a piece.
UPDATE piece SET result_id = :result_id WHERE job_id = :job_id AND n = :n;
