-- 0006: jobs that ended badly or wait for a person are found at once, however many others there are, and
-- what the provider said to them is kept.
-- So are those that a person may move: the ready ones have an index of their own, the running ones open attempts.
CREATE INDEX job_aside ON job(batch_id, state, id) WHERE state = 'failed' OR state = 'held' OR state = 'delayed' OR state = 'cancelled';
ALTER TABLE attempt ADD COLUMN excerpt TEXT;                                 -- of what came instead of an answer, without secrets; last, as it is large
