-- Calls of a job that may have been billed, and for how much.
SELECT count(*), sum(a.cost_micros), max(c.currency) FROM attempt a JOIN account c ON c.id = a.account_id
    WHERE a.job_id = :job_id AND a.outcome = 'uncertain';
