-- What waited for room in the budget may be gone, or cost something else; :batch_id 0 = anywhere.
UPDATE account SET need_micros = 0 WHERE need_micros > 0
    AND (:batch_id = 0 OR id = (SELECT account_id FROM batch WHERE id = :batch_id));
