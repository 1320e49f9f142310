-- Running jobs without an open attempt, and the other way round.
SELECT 'running job ' || id || ' has no open attempt' FROM job j WHERE state = 'running'
        AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.job_id = j.id AND a.n = j.attempt_no AND outcome = 'sending')
    UNION ALL
SELECT 'done job ' || id || ' has no result' FROM job WHERE state = 'done' AND result_id IS NULL LIMIT 1;
