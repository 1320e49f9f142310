-- A piece is split further: from it on the numbers mean other texts now, and no late answer serves them.
UPDATE attempt SET piece_no = -piece_no WHERE job_id = :job_id AND piece_no >= :n;
