-- One job of a loading batch.
INSERT INTO job(id, batch_id, seq, state, rank, chars, due_boot_ms, not_before_ms, piece_no)
    VALUES (:id, :batch_id, :seq, :state, :rank, :chars, :due_boot_ms, :not_before_ms, :piece_no);
