-- And second half.
UPDATE piece SET n = -n WHERE job_id = :job_id AND n < 0;
