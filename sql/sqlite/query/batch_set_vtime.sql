-- The batch has been served.
UPDATE batch SET vtime = :vtime WHERE id = :batch_id;
