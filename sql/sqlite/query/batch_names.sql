-- All names, newest first.
SELECT name FROM batch WHERE pruned_ms IS NULL ORDER BY id DESC;
