-- An answer: in the row, as the path of a published file, or as a place in a segment file.
INSERT INTO result(job_id, format, bytes, duration_ms, sha256, path, offset, created_ms, body, unshared)
    VALUES (:job_id, :format, :bytes, :duration_ms, :sha256, :path, :offset, :now_ms, :body, :unshared);
