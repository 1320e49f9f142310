-- Its call goes on; unless that ends it, it is held then.
UPDATE job SET hold = 1 WHERE id = :job_id AND state = :state;
