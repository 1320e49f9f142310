-- Answers that belong to a job: its own, those of its pieces, and those that are nobody's any more: lost and asked for again, or needless.
SELECT r.id, r.path, r.offset, r.bytes FROM result r WHERE r.job_id = :job_id AND r.id IN (
    SELECT result_id FROM job WHERE id = :job_id
    UNION ALL SELECT result_id FROM piece WHERE job_id = :job_id
    UNION ALL SELECT id FROM result INDEXED BY result_lost WHERE job_id = :job_id AND unshared = 1);
