-- The bytes of an answer.
SELECT body FROM result WHERE id = :result_id;
