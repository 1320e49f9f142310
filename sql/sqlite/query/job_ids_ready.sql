-- A page of a batch's ready jobs, as they will be claimed.
SELECT id, rank, seq FROM job INDEXED BY job_ready WHERE state = 'ready' AND batch_id = :batch_id AND (rank, seq) > (:rank, :seq)
    ORDER BY rank, seq LIMIT :most;
