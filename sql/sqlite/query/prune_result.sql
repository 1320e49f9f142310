-- An answer, before its bytes.
DELETE FROM result WHERE id = :result_id;
