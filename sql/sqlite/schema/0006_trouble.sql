-- 0006: jobs that ended badly or wait for a person are found at once, however many others there are.
CREATE INDEX job_trouble ON job(batch_id, id) WHERE state IN ('failed', 'held');
