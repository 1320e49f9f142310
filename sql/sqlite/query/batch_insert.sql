-- A batch begins loading; workers do not see it yet.
INSERT INTO batch(name, profile, account_id, voice, uncertain, priority, weight, source_sha256, producer_id, created_ms,
        fresh, budget_micros)
    SELECT :name, p.name, p.account_id, :voice, :uncertain, :priority, :weight, :source_sha256, :producer_id, :now_ms,
        :fresh, :budget
    FROM profile p WHERE p.name = :profile;
