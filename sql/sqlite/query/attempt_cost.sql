-- What the call was or may have been billed.
UPDATE attempt SET cost_micros = :cost WHERE job_id = :job_id AND n = :n;
