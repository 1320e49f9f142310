-- All of its jobs are gone.
UPDATE batch SET first_job_id = 0, last_job_id = 0, n_done = 0, n_failed = 0, n_cancelled = 0, n_uncertain_attempts = 0, n_shared = 0
    WHERE id = :batch_id;
