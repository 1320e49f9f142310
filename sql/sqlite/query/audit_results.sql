-- Every answer that is a file or a place in one; is it nobody's any more, being lost or needless.
SELECT id, path, offset, bytes, unshared = 1 FROM result WHERE path IS NOT NULL ORDER BY path, offset;
