-- A piece that was too long keeps its beginning.
UPDATE piece SET bytes = :bytes WHERE job_id = :job_id AND n = :n;
