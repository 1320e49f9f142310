-- Where a list of the newest events begins: after which id.
SELECT coalesce((SELECT id FROM event WHERE (:batch IS NULL OR batch = :batch) AND at_ms >= :since_ms
    ORDER BY id DESC LIMIT 1 OFFSET :most), 0);
