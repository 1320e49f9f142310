-- An answer that comes when its job has one: it was paid for, and serves nobody.
UPDATE attempt SET error = 'needless: another call had answered before' WHERE job_id = :job_id AND n = :n;
