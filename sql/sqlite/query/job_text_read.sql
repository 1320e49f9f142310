-- What is to be sent.
SELECT text, voice FROM job_text WHERE job_id = :job_id;
