/*
 * supervisor: starts the keeper, the notifier and the call workers and keeps them running.
 *
 * It opens no database and no network, so it cannot hang on a lock and survives every crash of what
 * it watches. What a child does is not its matter; what it knows of one is in child.h and link.h.
 *
 *                keeper is ready       TERM, INT, parent gone      no call worker left
 *      starting ────────────────▶ running ─────────────▶ draining ───────────────▶ closing ──▶ over
 *          └───────────────────────────────────────────────▲        (notifier, then keeper drain)
 *
 * The keeper comes first, because it migrates the store, and goes last, because it reaps. The
 * notifier goes after the call workers, because their last jobs may be the end of a batch.
 */
#ifndef FLEET_SUPERVISOR_H
#define FLEET_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SUPERVISOR_WORKERS_MAX 64
#define SUPERVISOR_START_MS 30000
#define SUPERVISOR_HANG_MS 10000
#define SUPERVISOR_LOCK_NAME "supervisor.lock" /* in the fleet's folder */

/* Zero in a number field means its default. */
struct supervisor_options {
    const char *exe;    /* program of the children; NULL = this one */
    const char *folder; /* the database's, made when missing: of lock and presence files */
    int workers;        /* call workers, 1 … SUPERVISOR_WORKERS_MAX */
    int64_t start_ms;   /* longest silence of a child before it is ready (SUPERVISOR_START_MS) */
    int64_t hang_ms;    /* longest silence of a ready one (SUPERVISOR_HANG_MS) */
    int64_t drain_ms;   /* longest drain of a call worker, ≥ 1 */
    int parent_fd;      /* pipe whose end of file means drain; -1 = none. With one, the service
                           manager is not spoken to: it is not ours */
    /* At SIGHUP: changes *next (filled with the current options) to what the configuration now
     * says; only workers and the times are heeded. False with *e filled: everything stays as it
     * was. */
    bool (*on_reload)(void *arg, struct supervisor_options *next, struct err *e);
    void *reload_arg;
};

/* Runs until told to drain and everything has ended; returns the process's exit code, 0 or that of
 * the *e it has filled: ERR_LATER when another supervisor runs in this folder,
 * ERR_CONFIG or ERR_CORRUPT when the keeper or every call worker refused to start for that. Takes
 * SIGTERM, SIGINT, SIGHUP, SIGCHLD and SIGPIPE of the process, marks every descriptor above 2
 * close-on-exec, and logs its events. Once a process. */
int supervisor_run(const struct supervisor_options *options, struct err *e);

#endif
