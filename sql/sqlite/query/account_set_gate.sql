-- What opens and closes it: pause, stop, effective cap.
UPDATE account SET paused_until_boot_ms = :paused_until_boot_ms, paused_until_ms = :paused_until_ms,
    stopped = :stopped, paused_by_person = :paused_by_person, pause_reason = coalesce(:pause_reason, pause_reason),
    eff_cap = :eff_cap, eff_floor = :eff_floor, eff_shrunk_boot_ms = :eff_shrunk_boot_ms,
    eff_grow_boot_ms = :eff_grow_boot_ms, eff_grow_wait_ms = :eff_grow_wait_ms, eff_grown = :eff_grown,
    learned_cap = :learned_cap, others = :others, others_until_boot_ms = :others_until_boot_ms
    WHERE id = :account_id;
