-- The request goes with the answer to the job that has it now, so that it is found and not paid for again.
UPDATE request SET job_id = (SELECT x.job_id FROM job o JOIN result x ON x.id = o.result_id WHERE o.id = request.job_id)
    WHERE key = :key AND EXISTS (SELECT 1 FROM job o JOIN result x ON x.id = o.result_id AND x.unshared = 0
        JOIN job j ON j.id = x.job_id AND j.result_id = x.id JOIN batch b ON b.id = j.batch_id AND b.pruned_ms IS NULL
        WHERE o.id = request.job_id AND o.batch_id = :batch_id);
