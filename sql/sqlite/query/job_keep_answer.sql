-- A call that was cancelled has brought an answer: it is there for a retry and for equal requests.
UPDATE job SET result_id = :result_id, piece_no = 0,
    why = 'cancelled by a person; its call was answered all the same, and the answer is kept'
    WHERE id = :job_id AND state = 'cancelled';
