/*
 * keeper: the process that tidies the store: reaps the dead, promotes what is due, checkpoints.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include <stdint.h>

#include "config/config.h"

/* Runs until asked to stop; returns the process's exit code. `config` stays the caller's; reloads
 * read it anew. */
int keeper_run(int64_t worker_id, int restarts, struct config *config);

#endif
