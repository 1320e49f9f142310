-- An answer of a batch that is being pruned belongs to another of the jobs that share it. Nothing when either has changed.
UPDATE result SET job_id = :job_id WHERE id = :result_id
    AND EXISTS (SELECT 1 FROM job o JOIN batch p ON p.id = o.batch_id WHERE o.id = result.job_id AND p.pruned_ms IS NOT NULL)
    AND EXISTS (SELECT 1 FROM job j JOIN batch b ON b.id = j.batch_id
        WHERE j.id = :job_id AND j.result_id = result.id AND b.pruned_ms IS NULL);
