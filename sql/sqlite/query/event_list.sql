-- What happened after another event, in order.
SELECT id, at_ms, first_ms, times, kind, batch, account, job_id, who, what FROM event
    WHERE id > :after AND at_ms >= :since_ms AND (:batch IS NULL OR batch = :batch) ORDER BY id;
