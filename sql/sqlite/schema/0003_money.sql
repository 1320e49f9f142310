-- 0003: what calls cost, what may be spent, and which requests are equal. Money is integer micro-units
-- of the account's currency.

-- prices and budgets, from the configuration
ALTER TABLE account ADD COLUMN currency TEXT NOT NULL DEFAULT 'USD';
ALTER TABLE account ADD COLUMN budget_day_micros INTEGER;                    -- a calendar day (UTC); NULL = none
ALTER TABLE account ADD COLUMN day INTEGER NOT NULL DEFAULT 0;               -- days since 1970 that spent_micros speaks of
ALTER TABLE account ADD COLUMN spent_micros INTEGER NOT NULL DEFAULT 0;      -- settled on that day, maybe-billed calls too
ALTER TABLE account ADD COLUMN reserved_micros INTEGER NOT NULL DEFAULT 0;   -- by calls not settled yet
ALTER TABLE account ADD COLUMN need_micros INTEGER NOT NULL DEFAULT 0;       -- cost of the job that the budget had no room for; 0 = none waits
ALTER TABLE profile ADD COLUMN price_micros INTEGER NOT NULL DEFAULT 0;      -- of price_units units
ALTER TABLE profile ADD COLUMN price_units INTEGER NOT NULL DEFAULT 1000000;
ALTER TABLE profile ADD COLUMN price_unit TEXT NOT NULL DEFAULT 'codepoints'; -- what is counted: src/queue/price.h
ALTER TABLE profile ADD COLUMN bills_failed INTEGER NOT NULL DEFAULT 0 CHECK (bills_failed IN (0, 1)); -- failed calls cost, too
ALTER TABLE profile ADD COLUMN voice TEXT;                                   -- of jobs that name none
ALTER TABLE profile ADD COLUMN fingerprint BLOB;                             -- of everything in its requests but job and secrets; NULL = shares nothing
ALTER TABLE batch ADD COLUMN budget_micros INTEGER;                          -- NULL = none
ALTER TABLE batch ADD COLUMN spent_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN reserved_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN need_micros INTEGER NOT NULL DEFAULT 0;         -- as in account
ALTER TABLE attempt ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;       -- reserved while sending, then billed or maybe billed

-- the ledger, added up: one row a day, account and batch
CREATE TABLE bill (
    day INTEGER NOT NULL,                   -- days since 1970, UTC, on which the calls were claimed
    account_id INTEGER NOT NULL REFERENCES account(id),
    batch_id INTEGER NOT NULL,
    calls INTEGER NOT NULL,                 -- that were or may have been billed
    chars INTEGER NOT NULL,                 -- of their texts
    micros INTEGER NOT NULL,                -- billed
    maybe_micros INTEGER NOT NULL,          -- uncertain
    PRIMARY KEY (day, account_id, batch_id)
) STRICT, WITHOUT ROWID;

-- Equal requests: which job asks, or asked, for this one (src/queue/request_key.h, src/store/sqlite/share.c).
CREATE TABLE request (
    key INTEGER PRIMARY KEY,
    proof INTEGER NOT NULL,                 -- the other half of the key: a request of another proof is another one
    job_id INTEGER NOT NULL                 -- its owner: who claims after it shares the answer, or waits for it
) STRICT;
ALTER TABLE batch ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0 CHECK (fresh IN (0, 1)); -- takes no answer of others
ALTER TABLE batch ADD COLUMN n_shared INTEGER NOT NULL DEFAULT 0;            -- jobs done without a call of their own
ALTER TABLE job ADD COLUMN waits_for INTEGER;                                -- delayed: the job whose answer will do
CREATE INDEX job_waiting ON job(waits_for) WHERE waits_for IS NOT NULL;
