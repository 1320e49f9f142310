-- Every answer that is a file or a place in one.
SELECT id, path, offset, bytes FROM result WHERE path IS NOT NULL ORDER BY path, offset;
