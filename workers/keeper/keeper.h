/*
 * keeper: the process that tidies the store: reaps the dead, promotes what is due, checkpoints.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include "config/config.h"
#include "fleet/link.h"

/* Runs until asked to stop; returns the process's exit code. `start` and `config` stay the
 * caller's; reloads read it anew. */
int keeper_run(const struct link_start *start, struct config *config);

#endif
