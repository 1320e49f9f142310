-- running becomes what the outcome says; attempt_no is the fencing token. `spared`: it was the provider's fault.
UPDATE job SET state = :state, due_boot_ms = :due_boot_ms, not_before_ms = :not_before_ms, why = :why,
    attempts = attempts + (:outcome IN ('answered', 'failed', 'uncertain') AND NOT :spared),
    refusals = CASE WHEN :spared OR :outcome = 'unsent' THEN refusals WHEN :outcome = 'refused' THEN refusals + 1 ELSE 0 END,
    uncertain = uncertain + (:outcome = 'uncertain')
    WHERE id = :job_id AND attempt_no = :n AND state = 'running'
    RETURNING batch_id, piece_no, chars;
