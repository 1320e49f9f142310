-- 0002: flow control beyond cap and request rate: characters, spacing, the effective cap, the circuit
-- breaker. What each column does to a claim is in src/queue/flow.h; all of it is live state of the
-- account, so that it is exact under many workers and survives restarts.

-- limits, from the configuration
ALTER TABLE account ADD COLUMN chars_interval_ns INTEGER NOT NULL DEFAULT 0; -- between characters; 0 = no limit
ALTER TABLE account ADD COLUMN chars_burst INTEGER NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN chars_next_boot_us INTEGER NOT NULL DEFAULT 0; -- state of their bucket
ALTER TABLE account ADD COLUMN min_interval_us INTEGER NOT NULL DEFAULT 0;   -- between any two calls
ALTER TABLE account ADD COLUMN last_call_boot_us INTEGER NOT NULL DEFAULT 0; -- the newest call's place in time
ALTER TABLE account ADD COLUMN ramp_per_min INTEGER NOT NULL DEFAULT 0;      -- slots gained a minute after a start; 0 = all at once

-- the effective cap: what the provider lets through now, never above cap
ALTER TABLE account ADD COLUMN eff_cap INTEGER NOT NULL DEFAULT 0;           -- 0 = the cap
ALTER TABLE account ADD COLUMN eff_shrunk_boot_ms INTEGER NOT NULL DEFAULT 0; -- calls begun before do not shrink it again
ALTER TABLE account ADD COLUMN eff_grow_boot_ms INTEGER NOT NULL DEFAULT 0;  -- it may grow by one then
ALTER TABLE account ADD COLUMN eff_grow_wait_ms INTEGER NOT NULL DEFAULT 0;  -- and again after so long
ALTER TABLE account ADD COLUMN learned_cap INTEGER NOT NULL DEFAULT 0;       -- the provider's own word; 0 = none
ALTER TABLE account ADD COLUMN others INTEGER NOT NULL DEFAULT 0;            -- calls that it counts and that are not ours

-- the circuit breaker
ALTER TABLE account ADD COLUMN breaker TEXT NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'probing'));
ALTER TABLE account ADD COLUMN breaker_failures INTEGER NOT NULL DEFAULT 0;  -- in a row
ALTER TABLE account ADD COLUMN breaker_until_boot_ms INTEGER NOT NULL DEFAULT 0; -- open until; then one probe
ALTER TABLE account ADD COLUMN breaker_wait_ms INTEGER NOT NULL DEFAULT 0;   -- last time it was open for so long
