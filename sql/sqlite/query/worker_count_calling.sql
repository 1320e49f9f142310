-- Call workers that share the caps.
SELECT count(*) FROM worker WHERE kind = 'call' AND state = 'running';
