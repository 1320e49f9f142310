/* checkpoint: the guarded checkpoint without the write turn, for its own test. */
#ifndef STORE_SQLITE_CHECKPOINT_H
#define STORE_SQLITE_CHECKPOINT_H

#include "store/store.h"

/* Returns SQLite's result code. One thread of a process at a time. */
int checkpoint_guarded(struct store *s, bool truncate);

#endif
