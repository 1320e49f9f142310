-- A try begins: on record before anything of it happens.
UPDATE ending SET state = 'running', tries = tries + 1 WHERE id = :id AND state = 'waiting';
