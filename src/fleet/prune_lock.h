/*
 * prune_lock: while a backup copies the answers that its copy of the database names, nothing is
 * pruned; any number of backups at a time, one process that prunes.
 *
 * The lock is on the fleet's folder itself: taking it needs no room on the disk, and the kernel
 * drops it when its process dies.
 */
#ifndef FLEET_PRUNE_LOCK_H
#define FLEET_PRUNE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum prune_lock_for {
    PRUNE_LOCK_PRUNE,  /* rows and bytes of answers may go as long as *fd is open */
    PRUNE_LOCK_BACKUP, /* none goes as long as *fd is open */
};

/* Waits for those at work, `most_ms` at most; then ERR_LATER. `waiting` (NULL = nobody) is called
 * once when that takes a second. Makes the folder where it is missing. */
bool prune_lock_open(const char *fleet, enum prune_lock_for purpose, int64_t most_ms,
                     void (*waiting)(void), int *fd, struct err *e) MUST_CHECK;

#endif
