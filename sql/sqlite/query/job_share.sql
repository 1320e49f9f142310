-- A claimed job turns out to be answered already: no call is made.
UPDATE job SET state = 'done', attempt_no = attempt_no - 1, result_id = :result_id, why = NULL
    WHERE id = :job_id AND state = 'running';
