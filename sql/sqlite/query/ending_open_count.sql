-- How many were begun and are not known to be over.
SELECT count(*) FROM ending WHERE state = 'running';
