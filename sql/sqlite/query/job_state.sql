-- Where a job stands; has it an answer that is not lost, does a person want it held?
SELECT batch_id, state, piece_no, chars, attempt_no,
        result_id IS NOT NULL AND EXISTS (SELECT 1 FROM result r WHERE r.id = job.result_id AND r.unshared <> 1),
        hold
    FROM job WHERE id = :job_id;
