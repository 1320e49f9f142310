-- A batch begins loading; workers do not see it yet.
INSERT INTO batch(name, profile, account_id, voice, uncertain, priority, weight, source_sha256, producer_id, created_ms,
        fresh, budget_micros, cap, by_ms, start_ms, on_done, notify)
    SELECT :name, p.name, p.account_id, :voice, :uncertain, :priority, :weight, :source_sha256, :producer_id, :now_ms,
        :fresh, :budget, :cap, :by_ms, :start_ms, :on_done, :notify
    FROM profile p WHERE p.name = :profile;
