-- A page of a batch's failed and held jobs, or of one kind, listed as ',failed,'.
SELECT id, state FROM job INDEXED BY job_trouble WHERE state IN ('failed', 'held') AND batch_id = :batch_id AND id > :after
    AND instr(:states, ',' || state || ',') > 0 ORDER BY id LIMIT :most;
