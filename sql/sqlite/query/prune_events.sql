-- What happened to it, while its name is its own.
DELETE FROM event WHERE batch = (SELECT name FROM batch WHERE id = :batch_id);
