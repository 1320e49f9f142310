/* ending_write: the end of a batch, inside the transaction that brings it about. Internal to
 * src/store/sqlite. */
#ifndef STORE_SQLITE_ENDING_WRITE_H
#define STORE_SQLITE_ENDING_WRITE_H

#include "store/sqlite/db.h"

/* The counts of this batch have gone down and are written; is that an end? `moved`: jobs that went
 * on by themselves have become fewer, else only held ones. Then what it sets off is written. */
bool ending_write(struct store *s, int64_t batch_id, bool moved, struct err *e) MUST_CHECK;

#endif
