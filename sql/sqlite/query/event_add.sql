-- Something happened. Batch and account are named as they are called now.
INSERT INTO event(at_ms, first_ms, kind, batch, account, job_id, who, what)
    VALUES (:now_ms, :now_ms, :kind, (SELECT name FROM batch WHERE id = :batch_id),
        (SELECT name FROM account WHERE id = :account_id), :job_id, :who, :what);
