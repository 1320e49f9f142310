-- 0004: small answers live in append-only segment files, many in one file; the row says where.
ALTER TABLE result ADD COLUMN offset INTEGER;                                -- in the segment file at path; NULL = the file is this answer alone
