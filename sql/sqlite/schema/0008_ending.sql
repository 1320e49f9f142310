-- 0008: what a batch's end sets off. A batch ends when no job of it is left that goes on by itself
-- (ready, running, delayed); jobs that are held wait for a person, and that is an end, too, until
-- one of them goes on. The transaction that moves the last job writes the end, so there is one row for
-- each end, whoever dies; a retry or more jobs open the batch again, and its next end is another one.
ALTER TABLE batch ADD COLUMN on_done TEXT;                                   -- program and arguments, words as in src/base/words.h; NULL = the default, '' = none
ALTER TABLE batch ADD COLUMN notify TEXT;                                    -- URL; NULL = the default, '' = none
ALTER TABLE batch ADD COLUMN ends INTEGER NOT NULL DEFAULT 0;                -- how many ends it has had
ALTER TABLE batch ADD COLUMN ended_ms INTEGER;                               -- the newest; NULL = none yet

-- for batches that say nothing, from the configuration; only words: whether a command may run is
-- decided by the process that runs it (workers/notify/trust.h), never by what stands here
ALTER TABLE meta ADD COLUMN on_done TEXT;
ALTER TABLE meta ADD COLUMN notify TEXT;

-- One thing to be done for one end, with what was true of the batch then.
CREATE TABLE ending (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    batch TEXT NOT NULL,                    -- its name: the row outlives the batch
    end_no INTEGER NOT NULL,                -- from 1, of this batch
    kind TEXT NOT NULL CHECK (kind IN ('command', 'webhook')),
    target TEXT NOT NULL,                   -- the command, or the URL
    key INTEGER NOT NULL,                   -- random: the same end is told under the same name each time
    ended_ms INTEGER NOT NULL,
    n_done INTEGER NOT NULL,
    n_failed INTEGER NOT NULL,
    n_cancelled INTEGER NOT NULL,
    n_held INTEGER NOT NULL,                -- more than 0: it waits for a person
    spent_micros INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN
        ('waiting', 'running', 'done', 'failed')), -- running: begun, not known to be over
    tries INTEGER NOT NULL DEFAULT 0,       -- that were begun
    due_boot_ms INTEGER NOT NULL DEFAULT 0, -- waiting: not before
    over_ms INTEGER,                        -- the newest try's end
    code INTEGER,                           -- its exit status or HTTP status; NULL = it had none
    why TEXT,                               -- one line: what was wrong with it
    UNIQUE (batch_id, end_no, kind)
) STRICT;
CREATE INDEX ending_due ON ending(due_boot_ms, id) WHERE state = 'waiting';
CREATE INDEX ending_running ON ending(state) WHERE state = 'running';
