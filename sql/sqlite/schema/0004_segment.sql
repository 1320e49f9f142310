-- 0004: small answers live in append-only segment files, many in one file; the row says where.
ALTER TABLE result ADD COLUMN offset INTEGER;                                -- in the segment file at path; NULL = the file is this answer alone
-- 0 = equal requests take it; 1 = nobody: its bytes are lost, or there is a better one; 2 = nobody else: it was asked for in other words than its key says
ALTER TABLE result ADD COLUMN unshared INTEGER NOT NULL DEFAULT 0 CHECK (unshared BETWEEN 0 AND 2);
-- What was lost, and asked for again, or became needless, is no job's answer any more; it goes with the job that it was made for.
CREATE INDEX result_lost ON result(job_id) WHERE unshared = 1;
