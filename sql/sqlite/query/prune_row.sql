-- A batch that has ended, and was delivered or need not be, becomes one that was pruned; no call of it is open and nobody
-- waits for its answers.
INSERT INTO pruned(name, jobs, spent_micros, created_ms, pruned_ms)
    SELECT name, n_done + n_failed + n_cancelled, spent_micros, created_ms, :now_ms FROM batch b
    WHERE id = :batch_id AND producer_id IS NULL AND pruned_ms IS NULL AND n_ready + n_running + n_delayed + n_held = 0
        AND (:undelivered OR (delivered_ms IS NOT NULL AND delivered_done >= n_done))
        AND NOT EXISTS (SELECT 1 FROM attempt a INDEXED BY attempt_open JOIN job j ON j.id = a.job_id
            WHERE a.outcome = 'sending' AND j.batch_id = b.id)
        AND NOT EXISTS (SELECT 1 FROM job w INDEXED BY job_waiting
            WHERE w.waits_for BETWEEN b.first_job_id AND b.last_job_id);
