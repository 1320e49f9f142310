-- An answer that is lost or damaged: nobody else is to share it.
UPDATE result SET unshared = 1 WHERE id = :result_id;
