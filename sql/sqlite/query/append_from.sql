-- What was loaded, to be added to another batch, and of this one the start that it still waits for, and its last job. 0 = whoever loads it.
SELECT last_seq, chars, first_job_id, last_job_id, n_ready, n_delayed, (SELECT start_ms FROM batch WHERE id = :to_id),
        (SELECT last_job_id FROM batch WHERE id = :to_id)
    FROM batch WHERE id = :batch_id AND last_seq > 0 AND producer_id > 0 AND :producer_id IN (0, producer_id);
