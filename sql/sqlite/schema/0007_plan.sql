-- 0007: plans of a batch: how many of its jobs at a time, when it may start, when it should be done; what
-- was put in later; that it was delivered, and that its rows may go.

ALTER TABLE batch ADD COLUMN cap INTEGER CHECK (cap BETWEEN 1 AND 4096);     -- most of its jobs running at a time; NULL = as many as its account makes
ALTER TABLE batch ADD COLUMN start_ms INTEGER;                               -- wall clock that its delayed jobs without due_boot_ms wait for; NULL = none wait
ALTER TABLE batch ADD COLUMN by_ms INTEGER;                                  -- wall clock by which a person wants it done; orders nothing, NULL = any time
ALTER TABLE batch ADD COLUMN delivered_ms INTEGER;                           -- all that was done was handed over then; NULL = never
ALTER TABLE batch ADD COLUMN delivered_done INTEGER NOT NULL DEFAULT 0;      -- so many jobs were done then: with more of them it is not delivered
ALTER TABLE batch ADD COLUMN pruned_ms INTEGER;                              -- gone for people since; its rows are being removed

-- As before, without the batches whose own cap is full, so that a claim does not walk over them.
DROP INDEX batch_pick;
CREATE INDEX batch_pick ON batch(account_id, priority DESC, vtime, id)
    WHERE n_ready > 0 AND producer_id IS NULL AND (cap IS NULL OR n_running < cap);
CREATE INDEX batch_capped ON batch(cap) WHERE cap IS NOT NULL AND n_ready > 0;
CREATE INDEX batch_start ON batch(start_ms) WHERE start_ms IS NOT NULL;
CREATE INDEX batch_pruned ON batch(pruned_ms) WHERE pruned_ms IS NOT NULL;

-- Inputs that were added to a batch after its first: the same one again adds nothing.
CREATE TABLE appended (
    batch_id INTEGER NOT NULL REFERENCES batch(id),
    source_sha256 TEXT NOT NULL,
    PRIMARY KEY (batch_id, source_sha256)
) STRICT, WITHOUT ROWID;

-- Batches that were pruned: what they cost stays in the ledger, under minus their id here.
CREATE TABLE pruned (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,                     -- as it was; another batch may have it now
    jobs INTEGER NOT NULL,
    spent_micros INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    pruned_ms INTEGER NOT NULL
) STRICT;

-- Virtual time of fair sharing among the batches of one priority; that of priority 0 is account.vtime. Each
-- has its own: while a higher one is served the others stand still, and what comes to them meanwhile must
-- not wait until they have caught up.
CREATE TABLE level (
    account_id INTEGER NOT NULL REFERENCES account(id),
    priority INTEGER NOT NULL,
    vtime INTEGER NOT NULL,
    PRIMARY KEY (account_id, priority)
) STRICT, WITHOUT ROWID;
-- A batch that a producer in SQL makes starts there, too.
CREATE TRIGGER batch_level AFTER INSERT ON batch WHEN NEW.priority <> 0 AND NEW.producer_id IS NULL BEGIN
    UPDATE batch SET vtime = coalesce((SELECT vtime FROM level l
        WHERE l.account_id = NEW.account_id AND l.priority = NEW.priority), 0) WHERE id = NEW.id;
END;
-- One that wakes up because of its texts does, too, wherever enqueue has put it.
CREATE TRIGGER batch_wakes AFTER UPDATE OF last_seq ON batch
    WHEN NEW.priority <> 0 AND OLD.n_ready = 0 AND NEW.n_ready > 0 BEGIN
    UPDATE batch SET vtime = max(OLD.vtime, coalesce((SELECT vtime FROM level l
        WHERE l.account_id = NEW.account_id AND l.priority = NEW.priority), 0)) WHERE id = NEW.id;
END;
