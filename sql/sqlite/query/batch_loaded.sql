-- Progress of loading: order numbers, characters, ids.
UPDATE batch SET last_seq = last_seq + :jobs, chars = chars + :chars,
    first_job_id = CASE first_job_id WHEN 0 THEN :first_job_id ELSE first_job_id END, last_job_id = :last_job_id
    WHERE id = :batch_id AND producer_id > 0;
