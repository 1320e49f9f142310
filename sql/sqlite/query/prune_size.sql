-- What goes with a batch: answers and their bytes, those that other batches share included.
SELECT count(*), coalesce(sum(r.bytes), 0) FROM batch b JOIN job j ON j.id BETWEEN b.first_job_id AND b.last_job_id AND j.batch_id = b.id
    LEFT JOIN piece p ON p.job_id = j.id JOIN result r ON r.id = coalesce(p.result_id, j.result_id) AND r.job_id = j.id
    WHERE b.id = :batch_id;
