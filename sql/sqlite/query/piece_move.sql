-- Makes room behind a piece, first half: out of the way, as numbers must not collide on the way.
UPDATE piece SET n = -(n + :more) WHERE job_id = :job_id AND n > :n;
