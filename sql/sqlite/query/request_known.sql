-- 1 when the request is answered, or will be.
SELECT 1 FROM request r JOIN job j ON j.id = r.job_id WHERE r.key = :key AND r.proof = :proof AND j.piece_no = 0
    AND (j.state IN ('ready', 'delayed', 'running') OR EXISTS (SELECT 1 FROM result x WHERE x.id = j.result_id AND x.unshared = 0));
