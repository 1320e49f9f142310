-- Unsettled attempts of a worker.
SELECT job_id, account_id, key, n FROM attempt INDEXED BY attempt_open WHERE worker_id = :worker_id AND outcome = 'sending';
