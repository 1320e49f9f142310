-- running becomes what the outcome says; attempt_no is the fencing token. `spared`: it was the provider's fault.
-- (A list of three or more behind IN is a table made for each row: 2 us. So it says which outcomes do not count.
-- Nor is there a RETURNING on the way of each call, which makes a table, too: what is to be known is read before.)
UPDATE job SET state = :state, due_boot_ms = :due_boot_ms, not_before_ms = :not_before_ms, why = :why,
    attempts = attempts + (:outcome NOT IN ('refused', 'unsent') AND NOT :spared),
    refusals = CASE WHEN :spared OR :outcome = 'unsent' THEN refusals WHEN :outcome = 'refused' THEN refusals + 1 ELSE 0 END,
    uncertain = uncertain + (:outcome = 'uncertain'), result_id = coalesce(:result_id, result_id)
    WHERE id = :job_id AND attempt_no = :n AND state = 'running';
