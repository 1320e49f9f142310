-- Where a piece lies in the text.
SELECT at, bytes FROM piece WHERE job_id = :job_id AND n = :n;
