-- Every writing transaction begins with the write lock in hand.
BEGIN IMMEDIATE;
