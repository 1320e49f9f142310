-- 0002: flow control beyond cap and request rate: characters, spacing, the effective cap, the circuit
-- breaker. What each column does to a claim is in src/queue/flow.h; all of it is live state of the
-- account, so that it is exact under many workers and survives restarts.

-- limits, from the configuration
ALTER TABLE account ADD COLUMN rate_configured_us INTEGER NOT NULL DEFAULT -1; -- as cap_configured; -1 = never applied
ALTER TABLE account ADD COLUMN chars_interval_ns INTEGER NOT NULL DEFAULT 0; -- between characters; 0 = no limit
ALTER TABLE account ADD COLUMN chars_burst INTEGER NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN chars_next_boot_us INTEGER NOT NULL DEFAULT 0; -- state of their bucket
ALTER TABLE account ADD COLUMN min_interval_us INTEGER NOT NULL DEFAULT 0;   -- between any two calls
ALTER TABLE account ADD COLUMN last_call_boot_us INTEGER NOT NULL DEFAULT 0; -- the newest call's place in time
ALTER TABLE account ADD COLUMN ramp_per_min INTEGER NOT NULL DEFAULT 0;      -- slots gained a minute after a start; 0 = all at once
ALTER TABLE account ADD COLUMN ramp_boot_ms INTEGER NOT NULL DEFAULT 0;      -- the start

-- the effective cap: what the provider lets through now, never above cap
ALTER TABLE account ADD COLUMN eff_cap INTEGER NOT NULL DEFAULT 0;           -- 0 = the cap
ALTER TABLE account ADD COLUMN eff_floor INTEGER NOT NULL DEFAULT 0;         -- how low the refusals of one cohort bring it
ALTER TABLE account ADD COLUMN eff_shrunk_boot_ms INTEGER NOT NULL DEFAULT 0; -- calls begun before are of that cohort
ALTER TABLE account ADD COLUMN eff_grow_boot_ms INTEGER NOT NULL DEFAULT 0;  -- it may grow by one then
ALTER TABLE account ADD COLUMN eff_grow_wait_ms INTEGER NOT NULL DEFAULT 0;  -- and again after so long
ALTER TABLE account ADD COLUMN eff_grown INTEGER NOT NULL DEFAULT 0;         -- its last change was a growth
ALTER TABLE account ADD COLUMN learned_cap INTEGER NOT NULL DEFAULT 0;       -- the provider's own word; 0 = none
ALTER TABLE account ADD COLUMN others INTEGER NOT NULL DEFAULT 0;            -- calls that it counts and that are not ours
ALTER TABLE account ADD COLUMN others_until_boot_ms INTEGER NOT NULL DEFAULT 0; -- so long that is believed

-- the circuit breaker
ALTER TABLE account ADD COLUMN breaker_limit INTEGER NOT NULL DEFAULT 8;     -- failures in a row that open it; 0 = never
ALTER TABLE account ADD COLUMN breaker_base_ms INTEGER NOT NULL DEFAULT 1000; -- open for so long at first, …
ALTER TABLE account ADD COLUMN breaker_max_ms INTEGER NOT NULL DEFAULT 3000; -- … and at most
ALTER TABLE account ADD COLUMN breaker TEXT NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'probing'));
ALTER TABLE account ADD COLUMN breaker_failures INTEGER NOT NULL DEFAULT 0;  -- in a row
ALTER TABLE account ADD COLUMN breaker_first_ms INTEGER NOT NULL DEFAULT 0;  -- the first of them
ALTER TABLE account ADD COLUMN breaker_opened_boot_ms INTEGER NOT NULL DEFAULT 0; -- calls begun before say nothing any more
ALTER TABLE account ADD COLUMN breaker_until_boot_ms INTEGER NOT NULL DEFAULT 0; -- open until; then one probe
ALTER TABLE account ADD COLUMN breaker_wait_ms INTEGER NOT NULL DEFAULT 0;   -- last time it was open for so long
ALTER TABLE account ADD COLUMN breaker_why TEXT;                             -- the newest failure, for people
ALTER TABLE account ADD COLUMN probe_job_id INTEGER NOT NULL DEFAULT 0;      -- probing: the one call in flight
ALTER TABLE account ADD COLUMN probe_n INTEGER NOT NULL DEFAULT 0;

-- a pause that a person asked for
ALTER TABLE account ADD COLUMN paused_by_person INTEGER NOT NULL DEFAULT 0 CHECK (paused_by_person IN (0, 1));
ALTER TABLE account ADD COLUMN paused_until_ms INTEGER NOT NULL DEFAULT 0;   -- by the wall clock: it outlives a boot
