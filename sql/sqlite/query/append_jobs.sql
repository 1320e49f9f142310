-- Its jobs come behind those of the other batch, and wait with them for its start (:start_ms NULL: it has none, or had it).
-- :shift: their ids, too.
UPDATE job SET id = id + :shift, seq = seq + (SELECT last_seq FROM batch WHERE id = :to_id), batch_id = :to_id,
    state = CASE WHEN :start_ms IS NULL THEN state ELSE 'delayed' END,
    due_boot_ms = CASE WHEN :start_ms IS NULL THEN due_boot_ms END,
    not_before_ms = coalesce(:start_ms, not_before_ms)
    WHERE id BETWEEN :first_job_id AND :last_job_id AND batch_id = :batch_id;
