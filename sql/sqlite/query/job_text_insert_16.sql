-- Their texts; ids follow, too, as every job has one text. OR ROLLBACK: as in job_insert_16.
INSERT OR ROLLBACK INTO job_text(text) VALUES
    (:t0),
    (:t1),
    (:t2),
    (:t3),
    (:t4),
    (:t5),
    (:t6),
    (:t7),
    (:t8),
    (:t9),
    (:t10),
    (:t11),
    (:t12),
    (:t13),
    (:t14),
    (:t15);
