-- Their texts, when their ids change: before the jobs.
UPDATE job_text SET job_id = job_id + :shift
    WHERE job_id IN (SELECT id FROM job WHERE id BETWEEN :first_job_id AND :last_job_id AND batch_id = :batch_id);
