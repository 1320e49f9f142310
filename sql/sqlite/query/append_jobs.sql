-- Its jobs come behind those of the other batch.
UPDATE job SET seq = seq + (SELECT last_seq FROM batch WHERE id = :to_id), batch_id = :to_id
    WHERE id BETWEEN :first_job_id AND :last_job_id AND batch_id = :batch_id;
