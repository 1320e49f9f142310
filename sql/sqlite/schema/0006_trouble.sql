-- 0006: jobs that ended badly or wait for a person are found at once, however many others there are, and
-- what the provider said to them is kept.
CREATE INDEX job_trouble ON job(batch_id, id) WHERE state IN ('failed', 'held');
ALTER TABLE attempt ADD COLUMN excerpt TEXT;                                 -- of what came instead of an answer, without secrets; last, as it is large
