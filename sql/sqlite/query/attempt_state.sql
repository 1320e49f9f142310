-- What is known of a call. :key 0 = the number alone names it.
SELECT outcome, cost_micros, account_id FROM attempt WHERE job_id = :job_id AND n = :n AND :key IN (0, key);
