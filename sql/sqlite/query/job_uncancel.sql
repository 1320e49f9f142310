-- Wanted again while its call goes on: its answer is waited for, as if it had never been cancelled.
UPDATE job SET state = 'running', attempts = 0, refusals = 0, uncertain = 0, why = NULL, result_id = NULL WHERE id = :job_id AND state = :state;
