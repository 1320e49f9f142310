-- 0003: what calls cost, what may be spent, and which requests are equal. Money is integer micro-units
-- of the account's currency.

-- prices and budgets, from the configuration
ALTER TABLE account ADD COLUMN currency TEXT NOT NULL DEFAULT 'USD';
ALTER TABLE account ADD COLUMN budget_day_micros INTEGER;                    -- a calendar day (UTC); NULL = none
ALTER TABLE account ADD COLUMN day INTEGER NOT NULL DEFAULT 0;               -- days since 1970 that the next two speak of
ALTER TABLE account ADD COLUMN spent_micros INTEGER NOT NULL DEFAULT 0;      -- settled today
ALTER TABLE account ADD COLUMN reserved_micros INTEGER NOT NULL DEFAULT 0;   -- by calls not settled yet
ALTER TABLE profile ADD COLUMN price_micros INTEGER NOT NULL DEFAULT 0;      -- of price_units units
ALTER TABLE profile ADD COLUMN price_units INTEGER NOT NULL DEFAULT 1000000;
ALTER TABLE profile ADD COLUMN price_unit TEXT NOT NULL DEFAULT 'codepoints'; -- what is counted: src/queue/price.h
ALTER TABLE profile ADD COLUMN fingerprint BLOB;                             -- of everything in its requests but job and secrets
ALTER TABLE batch ADD COLUMN budget_micros INTEGER;                          -- NULL = none
ALTER TABLE batch ADD COLUMN spent_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN reserved_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;       -- reserved while sending, then billed or maybe billed

-- the ledger, added up: one row a day, account and batch
CREATE TABLE bill (
    day INTEGER NOT NULL,                   -- days since 1970, UTC
    account_id INTEGER NOT NULL REFERENCES account(id),
    batch_id INTEGER NOT NULL,
    calls INTEGER NOT NULL,                 -- that were or may have been billed
    chars INTEGER NOT NULL,
    micros INTEGER NOT NULL,                -- answered
    maybe_micros INTEGER NOT NULL,          -- uncertain
    PRIMARY KEY (day, account_id, batch_id)
) STRICT, WITHOUT ROWID;

-- Equal requests: which job made a request of this key first. The key is 64 bits of a SHA-256, so
-- text and voice are compared before a result is shared.
CREATE TABLE request (
    key INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL
) STRICT;
ALTER TABLE batch ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0 CHECK (fresh IN (0, 1)); -- shares nothing
ALTER TABLE batch ADD COLUMN n_shared INTEGER NOT NULL DEFAULT 0;            -- jobs done without a call of their own
ALTER TABLE job ADD COLUMN waits_for INTEGER;                                -- delayed: the job that asks the same
CREATE INDEX job_waiting ON job(waits_for) WHERE waits_for IS NOT NULL;
