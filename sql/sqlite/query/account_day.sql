-- It is another day by the wall clock, which may have been set back, too: its sum begins with what the ledger has of it.
UPDATE account SET day = :day, spent_micros = coalesce((SELECT sum(l.micros + l.maybe_micros) FROM bill l
        WHERE l.day = :day AND l.account_id = account.id), 0)
    WHERE id = :account_id;
