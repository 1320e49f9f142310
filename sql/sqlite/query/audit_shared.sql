-- Calls that were not made because the answer was there already, by account.
SELECT account_id, sum(n_shared) FROM batch GROUP BY account_id;
