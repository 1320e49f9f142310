-- Chapters and paragraphs: where a listener hears a longer pause, and where a mark is set.
ALTER TABLE job_text ADD COLUMN chapter TEXT;                                 -- its title; NULL = of no chapter
ALTER TABLE job_text ADD COLUMN begins INTEGER NOT NULL DEFAULT 0 CHECK (begins BETWEEN 0 AND 2); -- nothing; a paragraph; a chapter, and so a paragraph
