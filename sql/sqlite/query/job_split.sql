-- The text turned out to be too long for one call: from now on in pieces.
UPDATE job SET piece_no = :n, attempts = 0, refusals = 0, uncertain = 0 WHERE id = :job_id;
