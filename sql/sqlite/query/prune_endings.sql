-- What its ends have set off; what is still to be done is done, and goes then (ending_forget).
DELETE FROM ending WHERE batch_id = :batch_id AND state IN ('done', 'failed');
