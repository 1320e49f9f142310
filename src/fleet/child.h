/*
 * child: one process that the supervisor started, from exec to its end.
 *
 * Spawns it with the three descriptors of link.h, reads what it reports, tells it what to do, sees
 * that it hangs, and says how it ended. It decides nothing about restarts.
 *
 *                  ready              drain               deadline
 *      starting ──────────▶ ready ──────────▶ draining ──────────▶ stopping
 *          │ └───────────────┼─────────────────▲   │   stop           │
 *          ▼                 ▼                     ▼                  ▼
 *        ended ◀─────── exit, signal, SIGKILL of a hung one ──────────┘
 */
#ifndef FLEET_CHILD_H
#define FLEET_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

#define CHILD_STOP_MS 5000 /* from `stop` to SIGKILL */

enum child_kind { CHILD_KEEPER, CHILD_NOTIFY, CHILD_CALL };

enum child_state {
    CHILD_STARTING,
    CHILD_READY,
    CHILD_DRAINING,
    CHILD_STOPPING,
    CHILD_ENDED,
};

struct child; /* freed by itself after on_end */

struct child_end {
    int64_t exit_code; /* meaningful when signal is 0 */
    int signal;        /* that ended it, or 0 */
    bool asked;        /* it had been told to drain or stop */
    bool hung;         /* we killed it because it gave no sign of life */
    bool was_ready;
    int64_t lived_ms;   /* since exec */
    int64_t healthy_ms; /* since ready, 0 if it never was */
};

struct child_handlers {
    void (*on_ready)(void *arg);
    /* The last word: the child pointer is invalid once this returns. */
    void (*on_end)(void *arg, const struct child_end *end);
};

struct child_spec {
    const char *exe;
    enum child_kind kind;
    int64_t restarts; /* earlier processes in its place */
    bool waiting;     /* the last one could not start for a reason that time mends */
    int64_t start_ms; /* longest time to `ready` without a beat */
    int64_t hang_ms;  /* longest time between two beats after it */
    struct child_handlers handlers;
    void *arg;
};

/* Starts the process. The strings of `spec` are needed only during the call. On failure no handler
 * is called. Blocks for fork and exec only. */
bool child_start(struct child **out, uv_loop_t *loop, const struct child_spec *spec,
                 struct err *e) MUST_CHECK;

/* Requests, each a line of link.h; all do nothing when they come too late. */
void child_reload(struct child *c);
void child_tell_refused(struct child *c);
void child_tell_dead(struct child *c, int64_t id);
void child_drain(struct child *c, int64_t drain_ms); /* after drain_ms comes child_stop */
void child_stop(struct child *c);                    /* after CHILD_STOP_MS comes SIGKILL */

/* Acts on what is overdue: kills a hung child, ends a drain that takes too long. Call it often. */
void child_tick(struct child *c);
/* Takes all signs of life as fresh: for a supervisor that was itself stopped for a while. */
void child_excuse(struct child *c);

int64_t child_id(const struct child *c);
enum child_state child_state(const struct child *c);
int64_t child_in_flight(const struct child *c); /* by its last beat */
bool child_is_fresh(const struct child *c);     /* not silent for longer than it may be */

const char *child_kind_name(enum child_kind kind);

#endif
