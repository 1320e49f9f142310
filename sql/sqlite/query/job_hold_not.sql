-- Released before its call was over: it goes on as if nothing had been.
UPDATE job SET hold = 0 WHERE id = :job_id AND state = :state;
