-- 0005: a text that is too long for one call is spoken in pieces, one after the other; the job goes
-- round the queue once a piece and is done with the last.
ALTER TABLE job ADD COLUMN piece_no INTEGER NOT NULL DEFAULT 0;              -- the piece to be spoken next, from 1; 0 = the whole text
ALTER TABLE attempt ADD COLUMN piece_no INTEGER NOT NULL DEFAULT 0;          -- what it was to speak; below 0: a piece that was split further since
ALTER TABLE profile ADD COLUMN wants_context INTEGER NOT NULL DEFAULT 0 CHECK (wants_context IN (0, 1)); -- its requests take the texts before and after
CREATE TABLE piece (
    job_id INTEGER NOT NULL REFERENCES job(id),
    n INTEGER NOT NULL,                     -- from 1
    at INTEGER NOT NULL,                    -- first byte in the text
    bytes INTEGER NOT NULL,
    result_id INTEGER REFERENCES result(id), -- of each piece below job.piece_no
    PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
