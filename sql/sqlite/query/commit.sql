-- The end of every writing transaction.
COMMIT;
