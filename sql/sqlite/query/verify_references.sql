-- Rows that refer to what is not there; the first column names their table.
PRAGMA foreign_key_check;
