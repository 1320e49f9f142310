-- Its text.
INSERT INTO job_text(job_id, text, name, ext_id, voice, chapter, begins)
    VALUES (:job_id, :text, :name, :ext_id, :voice, :chapter, :begins);
