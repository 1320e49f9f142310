-- What it cost stays, under a number that no other batch gets.
UPDATE bill SET batch_id = -:pruned_id WHERE batch_id = :batch_id;
