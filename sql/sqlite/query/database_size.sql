-- Bytes of the database, and of these the ones that hold nothing: what is written next goes there.
SELECT page_count * page_size, freelist_count * page_size
    FROM pragma_page_count, pragma_page_size, pragma_freelist_count;
