-- An answer, in the row or as the path of a published file.
INSERT INTO result(job_id, format, bytes, duration_ms, sha256, path, created_ms, body)
    VALUES (:job_id, :format, :bytes, :duration_ms, :sha256, :path, :now_ms, :body);
