-- 0001: the queue as first released. PRAGMA user_version becomes 1.
-- Append-only: a later change is a new file. Times: *_ms wall clock (for people), *_boot_ms
-- CLOCK_BOOTTIME of the boot named in meta (for deadlines).

CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    boot_id TEXT NOT NULL,                  -- the boot that every *_boot_ms column refers to
    default_profile TEXT NOT NULL DEFAULT 'say', -- for producers that name none
    created_ms INTEGER NOT NULL
) STRICT;

-- Whose limits count. Live state of flow control is here, so it is exact under many workers.
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cap INTEGER NOT NULL CHECK (cap BETWEEN 1 AND 4096),  -- calls at a time; slots are 0 … cap-1
    cap_configured INTEGER NOT NULL,        -- the configuration's value when it was last applied
    rate_interval_us INTEGER NOT NULL DEFAULT 0, -- between requests; 0 = no rate limit
    rate_burst INTEGER NOT NULL DEFAULT 1,
    rate_next_boot_us INTEGER NOT NULL DEFAULT 0, -- state of the bucket (src/queue/rate.h)
    hold_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (hold_uncertain IN (0, 1)),
    linger_ms INTEGER NOT NULL DEFAULT 10000, -- how long an abandoned call still counts
    paused_until_boot_ms INTEGER NOT NULL DEFAULT 0, -- no new call before; 0 = open
    stopped INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1)), -- waits for a person
    pause_reason TEXT,
    vtime INTEGER NOT NULL DEFAULT 0        -- virtual time of fair sharing (src/queue/fair.h)
) STRICT;

-- What the store must know of a profile: its account and how its jobs are retried.
CREATE TABLE profile (
    name TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account(id),
    retry_max INTEGER NOT NULL,
    uncertain_max INTEGER NOT NULL,
    backoff_base_ms INTEGER NOT NULL,
    backoff_cap_ms INTEGER NOT NULL,
    timeout_total_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Jobs put in together, and how many of them are in each state: kept, never counted.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account(id),
    voice TEXT,                             -- NULL = the profile's
    uncertain TEXT CHECK (uncertain IN ('retry', 'hold')), -- NULL = the account's
    priority INTEGER NOT NULL DEFAULT 0,    -- higher first
    weight INTEGER NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
    vtime INTEGER NOT NULL DEFAULT 0,       -- served characters per weight, see src/queue/fair.h
    source_sha256 TEXT,                     -- of the input: the same file again adds nothing
    producer_id INTEGER,                    -- still being loaded by, minus: being removed; NULL = open for workers
    created_ms INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,    -- order number of the newest job
    first_job_id INTEGER NOT NULL DEFAULT 0, -- its jobs have ids from here to last_job_id, in the
    last_job_id INTEGER NOT NULL DEFAULT 0,  -- order of seq; others' jobs may lie between
    chars INTEGER NOT NULL DEFAULT 0,
    n_delayed INTEGER NOT NULL DEFAULT 0 CHECK (n_delayed >= 0),
    n_ready INTEGER NOT NULL DEFAULT 0 CHECK (n_ready >= 0),
    n_running INTEGER NOT NULL DEFAULT 0 CHECK (n_running >= 0),
    n_done INTEGER NOT NULL DEFAULT 0 CHECK (n_done >= 0),
    n_failed INTEGER NOT NULL DEFAULT 0 CHECK (n_failed >= 0),
    n_cancelled INTEGER NOT NULL DEFAULT 0 CHECK (n_cancelled >= 0),
    n_held INTEGER NOT NULL DEFAULT 0 CHECK (n_held >= 0),
    n_uncertain_attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The claim walks this: only batches that have something to give, cheapest first.
CREATE INDEX batch_pick ON batch(account_id, priority DESC, vtime, id)
    WHERE n_ready > 0 AND producer_id IS NULL;
CREATE INDEX batch_by_source ON batch(source_sha256) WHERE source_sha256 IS NOT NULL;
CREATE INDEX batch_loading ON batch(producer_id) WHERE producer_id IS NOT NULL;

-- The hot row of a job; its text is apart.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL REFERENCES batch(id),
    seq INTEGER NOT NULL,                   -- order in its batch, from 1
    state TEXT NOT NULL CHECK (state = 'ready' OR state = 'running' OR state = 'done' OR state = 'delayed'
        OR state = 'failed' OR state = 'cancelled' OR state = 'held'), -- IN (three or more) makes a table for each row: 2 us
    rank INTEGER NOT NULL DEFAULT 0,        -- minus the job's priority: lower first in its batch
    chars INTEGER NOT NULL,                 -- code points of the text
    attempt_no INTEGER NOT NULL DEFAULT 0,  -- number of the newest attempt; the fencing token
    attempts INTEGER NOT NULL DEFAULT 0,    -- that count towards retry.max
    refusals INTEGER NOT NULL DEFAULT 0,    -- in a row
    uncertain INTEGER NOT NULL DEFAULT 0,
    due_boot_ms INTEGER,                    -- delayed: when it becomes ready
    not_before_ms INTEGER,                  -- the same for people
    result_id INTEGER REFERENCES result(id),
    why TEXT,                               -- one line: why it waits, failed or is held
    hold INTEGER NOT NULL DEFAULT 0 CHECK (hold IN (0, 1)) -- a person wants it held: after its call, if one goes on
) STRICT;
-- The only index that a call moves a job out of and nothing else; a batch's jobs are found by ids.
CREATE INDEX job_ready ON job(batch_id, rank, seq) WHERE state = 'ready';
CREATE INDEX job_due ON job(due_boot_ms) WHERE state = 'delayed';

CREATE TABLE job_text (
    job_id INTEGER PRIMARY KEY REFERENCES job(id),
    text TEXT NOT NULL,
    name TEXT,                              -- for the file name at delivery
    ext_id TEXT,                            -- the producer's own id
    voice TEXT                              -- NULL = the batch's
) STRICT;

-- One call. Written as 'sending' before its first byte leaves; append-only: the proof and the bill.
CREATE TABLE attempt (
    job_id INTEGER NOT NULL REFERENCES job(id),
    n INTEGER NOT NULL,                     -- from 1
    worker_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    key INTEGER NOT NULL,                   -- random: the name of this attempt's file
    outcome TEXT NOT NULL CHECK (outcome = 'sending' OR outcome = 'answered' OR outcome = 'refused'
        OR outcome = 'failed' OR outcome = 'uncertain' OR outcome = 'unsent'),
    slot_no INTEGER,                        -- the lease it was made under
    claimed_ms INTEGER NOT NULL,
    started_ms INTEGER,                     -- first byte
    ended_ms INTEGER,
    http_status INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    request_id TEXT,
    error TEXT,
    PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt(worker_id) WHERE outcome = 'sending';

-- The right to have one call in flight. A slot number exists once, so the cap cannot be exceeded.
CREATE TABLE lease (
    account_id INTEGER NOT NULL REFERENCES account(id),
    slot_no INTEGER NOT NULL CHECK (slot_no >= 0),
    worker_id INTEGER NOT NULL,
    until_boot_ms INTEGER NOT NULL,         -- the call under it must be over then
    held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)), -- its worker is dead
    PRIMARY KEY (account_id, slot_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE worker (
    id INTEGER PRIMARY KEY,                 -- random, never a pid
    kind TEXT NOT NULL CHECK (kind IN ('call', 'keeper', 'producer')),
    pid INTEGER NOT NULL,                   -- for people
    restarts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('running', 'draining')),
    started_ms INTEGER NOT NULL
) STRICT;

-- An answer: its bytes here, or the path of its file below the results folder.
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL,                -- it was made for
    format TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,           -- -1 unknown
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    path TEXT,
    created_ms INTEGER NOT NULL,
    body BLOB,
    CHECK ((path IS NULL) <> (body IS NULL))
) STRICT;

-- For producers in any language:
--   INSERT INTO enqueue(batch, text) VALUES ('chapter-1', 'It was a dark and stormy night.');
-- inside the producer's own transaction. The batch is made when there is none of that name; profile,
-- voice, priority and weight count then. Set PRAGMA wal_autocheckpoint=0 on such a connection.
CREATE VIEW enqueue(batch, text, name, ext_id, voice, profile, priority, weight) AS
    SELECT b.name, t.text, t.name, t.ext_id, t.voice, b.profile, b.priority, b.weight
    FROM job j JOIN batch b ON b.id = j.batch_id JOIN job_text t ON t.job_id = j.id;

CREATE TRIGGER enqueue_insert INSTEAD OF INSERT ON enqueue BEGIN
    SELECT raise(ABORT, 'enqueue: batch must be a name of 1 to 128 bytes')
        WHERE NEW.batch IS NULL OR length(CAST(NEW.batch AS BLOB)) NOT BETWEEN 1 AND 128;
    SELECT raise(ABORT, 'enqueue: text must not be empty or hold NUL')
        WHERE NEW.text IS NULL OR trim(NEW.text, char(9, 10, 13, 32)) = ''
            OR instr(CAST(NEW.text AS BLOB), x'00') > 0;
    SELECT raise(ABORT, 'enqueue: the batch is being loaded by another program')
        WHERE EXISTS (SELECT 1 FROM batch WHERE name = NEW.batch AND producer_id IS NOT NULL);
    SELECT raise(ABORT, 'enqueue: no such profile')
        WHERE NOT EXISTS (SELECT 1 FROM profile WHERE name =
            coalesce(NEW.profile, (SELECT default_profile FROM meta)));
    INSERT INTO batch(name, profile, account_id, priority, weight, created_ms, vtime)
        SELECT NEW.batch, p.name, p.account_id, coalesce(NEW.priority, 0), coalesce(NEW.weight, 1),
            CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
            (SELECT vtime FROM account WHERE id = p.account_id)
        FROM profile p
        WHERE p.name = coalesce(NEW.profile, (SELECT default_profile FROM meta))
            AND NOT EXISTS (SELECT 1 FROM batch WHERE name = NEW.batch);
    INSERT INTO job(batch_id, seq, state, chars)
        SELECT id, last_seq + 1, 'ready', length(NEW.text) FROM batch WHERE name = NEW.batch;
    INSERT INTO job_text(job_id, text, name, ext_id, voice)
        VALUES ((SELECT max(id) FROM job), NEW.text, NEW.name, NEW.ext_id, NEW.voice);
    UPDATE batch SET last_seq = last_seq + 1, chars = chars + length(NEW.text),
        first_job_id = CASE first_job_id WHEN 0 THEN (SELECT max(id) FROM job) ELSE first_job_id END,
        last_job_id = (SELECT max(id) FROM job),
        vtime = CASE WHEN n_ready > 0 THEN vtime
            ELSE max(vtime, (SELECT vtime FROM account WHERE id = batch.account_id)) END,
        n_ready = n_ready + 1
        WHERE name = NEW.batch;
END;
