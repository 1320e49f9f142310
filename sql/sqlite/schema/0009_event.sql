-- 0009: what happened, for people (`ttsq log`): rare things only, each written in the transaction in
-- which it happens; and what calls take, from which the time that is left is reckoned (src/queue/eta.h).

CREATE TABLE event (
    id INTEGER PRIMARY KEY,                 -- in order; what happens again soon moves to the end
    at_ms INTEGER NOT NULL,                 -- when; the last time
    first_ms INTEGER NOT NULL,              -- when; the first time
    times INTEGER NOT NULL DEFAULT 1,       -- how often between the two
    kind TEXT NOT NULL CHECK (kind IN ('enqueued', 'ended', 'failed', 'held', 'paused', 'stopped', 'resumed',
        'shrunk', 'grown', 'down', 'up', 'started', 'left', 'died', 'full', 'room', 'configured', 'command')),
    batch TEXT,                             -- by name: it outlives the batch
    account TEXT,                           -- by name
    job_id INTEGER,                         -- the newest of them
    who TEXT,                               -- the person whose command it was; NULL = ttsq itself
    what TEXT NOT NULL                      -- one line
) STRICT;

-- Each end of a batch, as 0008 counts them.
CREATE TRIGGER event_batch_ended AFTER UPDATE OF ends ON batch WHEN NEW.ends > OLD.ends
BEGIN
    INSERT INTO event(at_ms, first_ms, kind, batch, what)
        VALUES (NEW.ended_ms, NEW.ended_ms, 'ended', NEW.name, NEW.n_done || ' done'
            || CASE WHEN NEW.n_failed > 0 THEN ', ' || NEW.n_failed || ' failed' ELSE '' END
            || CASE WHEN NEW.n_held > 0 THEN ', ' || NEW.n_held || ' held' ELSE '' END
            || CASE WHEN NEW.n_cancelled > 0 THEN ', ' || NEW.n_cancelled || ' cancelled' ELSE '' END);
END;

-- A batch that a producer makes in plain SQL.
CREATE TRIGGER event_batch_made AFTER INSERT ON batch WHEN NEW.producer_id IS NULL
BEGIN
    INSERT INTO event(at_ms, first_ms, kind, batch, what)
        VALUES (NEW.created_ms, NEW.created_ms, 'enqueued', NEW.name, 'by SQL');
END;

-- Sums over the account's newest answers, an older one counting less: struct eta_service.
ALTER TABLE account ADD COLUMN seen_calls REAL NOT NULL DEFAULT 0;           -- answers
ALTER TABLE account ADD COLUMN seen_chars REAL NOT NULL DEFAULT 0;           -- of their texts
ALTER TABLE account ADD COLUMN seen_ms REAL NOT NULL DEFAULT 0;              -- that they took
ALTER TABLE account ADD COLUMN seen_chars2 REAL NOT NULL DEFAULT 0;          -- characters squared
ALTER TABLE account ADD COLUMN seen_chars_ms REAL NOT NULL DEFAULT 0;        -- characters times ms
ALTER TABLE account ADD COLUMN seen_busy_ms REAL NOT NULL DEFAULT 0;         -- slots were in use, calls without an answer too
ALTER TABLE batch ADD COLUMN n_spoken INTEGER NOT NULL DEFAULT 0;            -- jobs done by a call of their own
ALTER TABLE batch ADD COLUMN spoken_chars INTEGER NOT NULL DEFAULT 0;        -- of their texts
