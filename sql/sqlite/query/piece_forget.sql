-- The answer of a piece is lost: it is spoken again.
UPDATE piece SET result_id = NULL WHERE job_id = :job_id AND result_id = :result_id;
