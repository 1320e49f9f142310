-- An answer that comes when its job has one, or asks in smaller pieces: it was paid for, and serves nobody. It goes with the job.
UPDATE attempt SET error = 'needless: its job needed it no more' WHERE job_id = :job_id AND n = :n;
