-- Nobody has the answer any more: who asks the same again, pays for it again.
DELETE FROM request WHERE key = :key
    AND EXISTS (SELECT 1 FROM job j WHERE j.id = request.job_id AND j.batch_id = :batch_id);
