-- Ready jobs of the same batch that come before this one.
SELECT count(*) FROM job me JOIN job j INDEXED BY job_ready ON j.batch_id = me.batch_id AND (j.rank, j.seq) < (me.rank, me.seq)
    WHERE me.id = :job_id AND j.state = 'ready';
