/*
 * notify: the process that does what the end of a batch sets off: runs programs, calls webhooks.
 *
 * A process of its own, so that a program that hangs or a server that does not answer keeps nobody
 * from the queue. There is one at a time: it holds a lock in the fleet's folder, and what is
 * `running` when it gets the lock was a dead one's.
 */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "config/config.h"
#include "fleet/link.h"

#define NOTIFY_COMMANDS_MAX 4 /* at a time */
#define NOTIFY_WEBHOOKS_MAX 8

/* Runs until asked to end; returns the process's exit code. A drain does what is due, once, and
 * ends. `start` and `config` stay the caller's; reloads read it anew. */
int notify_run(const struct link_start *start, struct config *config);

#endif
