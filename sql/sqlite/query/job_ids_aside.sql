-- A page of a batch's jobs in order that are in one of these states, listed as ',failed,,held,': few among many are found by
-- an index.
SELECT id FROM job INDEXED BY job_aside WHERE state = 'failed' AND batch_id = :batch_id AND id > :after AND instr(:states, ',failed,') > 0
    UNION ALL
SELECT id FROM job INDEXED BY job_aside WHERE state = 'held' AND batch_id = :batch_id AND id > :after AND instr(:states, ',held,') > 0
    UNION ALL
SELECT id FROM job INDEXED BY job_aside WHERE state = 'delayed' AND batch_id = :batch_id AND id > :after AND instr(:states, ',delayed,') > 0
    UNION ALL
SELECT id FROM job INDEXED BY job_aside WHERE state = 'cancelled' AND batch_id = :batch_id AND id > :after AND instr(:states, ',cancelled,') > 0
    ORDER BY id LIMIT :most;
