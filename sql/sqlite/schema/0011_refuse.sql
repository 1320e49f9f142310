-- What a producer in SQL is told: an empty voice is none; where the profiles' names are. The name that was given cannot be told:
-- raise() takes no expression before SQLite 3.47, and the functions whose errors have one in them may not be called from a
-- trigger where trusted_schema is off.

DROP TRIGGER enqueue_insert;
CREATE TRIGGER enqueue_insert INSTEAD OF INSERT ON enqueue BEGIN
    SELECT raise(ABORT, 'enqueue: batch must be a name of 1 to 128 bytes')
        WHERE NEW.batch IS NULL OR length(CAST(NEW.batch AS BLOB)) NOT BETWEEN 1 AND 128;
    SELECT raise(ABORT, 'enqueue: text must not be empty or hold NUL')
        WHERE NEW.text IS NULL OR trim(NEW.text, char(9, 10, 13, 32)) = ''
            OR instr(CAST(NEW.text AS BLOB), x'00') > 0;
    SELECT raise(ABORT, 'enqueue: voice must not be empty; NULL is the voice of the profile')
        WHERE trim(NEW.voice, char(9, 10, 13, 32)) = '';
    SELECT raise(ABORT, 'enqueue: the batch is being loaded by another program')
        WHERE EXISTS (SELECT 1 FROM batch WHERE name = NEW.batch AND producer_id IS NOT NULL);
    SELECT raise(ABORT, 'enqueue: there is no profile of that name; SELECT name FROM profile lists those that are there')
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
