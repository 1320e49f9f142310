-- 0004: small answers live in append-only segment files, many in one file; the row says where.
ALTER TABLE result ADD COLUMN offset INTEGER;                                -- in the segment file at path; NULL = the file is this answer alone
ALTER TABLE result ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0 CHECK (damaged IN (0, 1)); -- its bytes are lost: nobody shares it any more
