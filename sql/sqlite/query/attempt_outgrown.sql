-- A piece is split further, or the text was answered as a whole: from it on the numbers mean other texts, or none, and no
-- late answer serves them.
UPDATE attempt SET piece_no = -piece_no WHERE job_id = :job_id AND piece_no >= :n;
