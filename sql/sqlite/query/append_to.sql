-- The batch that has got more jobs.
UPDATE batch SET last_seq = last_seq + :jobs, chars = chars + :chars,
    first_job_id = CASE first_job_id WHEN 0 THEN :first_job_id ELSE min(first_job_id, :first_job_id) END,
    last_job_id = max(last_job_id, :last_job_id)
    WHERE id = :to_id AND producer_id IS NULL AND pruned_ms IS NULL;
