-- Rows that refer to what is not there; the first column names their table. While batches are pruned a job of theirs may
-- outlive an answer that it shared with a job that went before it.
SELECT f."table" FROM pragma_foreign_key_check f WHERE NOT (f."table" = 'job' AND EXISTS
    (SELECT 1 FROM job j JOIN batch b ON b.id = j.batch_id WHERE j.id = f.rowid AND b.pruned_ms IS NOT NULL)) LIMIT 1;
