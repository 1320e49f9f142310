-- The newest job's id.
SELECT max(id) FROM job;
