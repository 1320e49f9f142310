-- Since when the disk has had no room, when that is the last that was said of it.
SELECT CASE kind WHEN 'full' THEN at_ms END FROM event WHERE kind IN ('full', 'room') ORDER BY id DESC LIMIT 1;
