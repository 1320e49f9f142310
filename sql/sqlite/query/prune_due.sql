-- The next batch that was fetched whole so long ago, and may go (as prune_row).
SELECT id, name FROM batch b WHERE id > :after AND delivered_ms <= :before_ms AND delivered_done >= n_done AND pruned_ms IS NULL
    AND producer_id IS NULL AND n_ready + n_running + n_delayed + n_held = 0 ORDER BY id LIMIT 1;
