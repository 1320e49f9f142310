-- An answer belongs to another of the jobs that share it.
UPDATE result SET job_id = :job_id WHERE id = :result_id;
