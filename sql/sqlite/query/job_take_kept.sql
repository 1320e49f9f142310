-- Wanted again when the call that was cancelled has been answered: no other call is made.
UPDATE job SET state = 'done', why = NULL WHERE id = :job_id AND state = :state;
