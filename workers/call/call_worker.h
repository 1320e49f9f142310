/*
 * call_worker: the process that makes the calls. See workers/call/README.md for its rooms.
 */
#ifndef CALL_CALL_WORKER_H
#define CALL_CALL_WORKER_H

#include "config/config.h"
#include "fleet/link.h"

/* Runs until drained; returns the process's exit code. `start` and `config` stay the caller's;
 * reloads read it anew. */
int call_worker_run(const struct link_start *start, struct config *config);

#endif
