-- Every answer that is a file or a place in one, but for those known to be lost.
SELECT id, path, offset, bytes FROM result WHERE path IS NOT NULL AND unshared <> 1 ORDER BY path, offset;
