-- running or draining.
UPDATE worker SET state = :state WHERE id = :id;
