-- Not yet taken for dead?
SELECT 1 FROM worker WHERE id = :id;
