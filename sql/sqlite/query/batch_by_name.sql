-- Id of a batch.
SELECT id FROM batch WHERE name = :name;
