-- A worker is gone.
DELETE FROM worker WHERE id = :id RETURNING kind, pid;
