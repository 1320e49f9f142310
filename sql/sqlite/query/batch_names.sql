-- All names, newest first.
SELECT name FROM batch ORDER BY id DESC;
