/*
 * worker: the end of a worker's row, inside the open transaction.
 */
#ifndef STORE_SQLITE_WORKER_H
#define STORE_SQLITE_WORKER_H

#include "store/store.h"

#define WORKER_KIND_BYTES 16

struct worker_gone {
    char kind[WORKER_KIND_BYTES]; /* "" = there was no such row */
    int pid;
};
bool worker_delete(struct store *s, int64_t id, struct worker_gone *gone, struct err *e) MUST_CHECK;

#endif
