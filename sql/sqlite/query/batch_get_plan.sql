-- The plan as it stands; 0 = none.
SELECT priority, weight, coalesce(cap, 0), coalesce(by_ms, 0), n_running FROM batch WHERE id = :batch_id;
