/*
 * call_worker: the process that makes the calls. See workers/call/README.md for its rooms.
 */
#ifndef CALL_CALL_WORKER_H
#define CALL_CALL_WORKER_H

#include <stdint.h>

#include "config/config.h"

/* Runs until drained; returns the process's exit code. `config` stays the caller's; reloads read
 * it anew. */
int call_worker_run(int64_t worker_id, int restarts, struct config *config);

#endif
