-- The newest answers since a time: how many, and since when.
SELECT count(*), min(created_ms) FROM result
    WHERE id > (SELECT max(id) FROM result) - :most AND created_ms >= :since_ms;
