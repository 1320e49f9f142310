-- Has the job failed before, since then?
SELECT 1 FROM attempt WHERE job_id = :job_id AND n < :n AND outcome IN ('refused', 'failed', 'uncertain')
    AND ended_ms >= :since_ms LIMIT 1;
