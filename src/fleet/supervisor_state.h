/*
 * supervisor_state: what the supervisor's files share; nobody else includes it.
 *
 * supervisor.c has the phases and what the outside asks, supervisor_slot.c the places and their
 * processes, supervisor_tell.c what the service manager is told.
 */
#ifndef FLEET_SUPERVISOR_STATE_H
#define FLEET_SUPERVISOR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "fleet/child.h"
#include "fleet/notify.h"
#include "fleet/restart.h"
#include "fleet/supervisor.h"

/* The first place is the keeper's, the second the notifier's; then the call workers', also those
 * that drain after reloads. */
#define FIRST_CALL_SLOT 2
#define SLOTS_MAX (FIRST_CALL_SLOT + 4 * SUPERVISOR_WORKERS_MAX)
#define STATUS_BYTES_MAX 160

enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_DRAINING, PHASE_CLOSING, PHASE_OVER };

/* A place for one process; it outlives the processes that run in it. */
struct slot {
    struct supervisor *owner;
    struct child *child; /* NULL: none now, the next one at start_at_ms */
    enum child_kind kind;
    bool used;
    bool waiting; /* the last process could not start for a reason that time mends */
    bool leaving; /* surplus: its end is the slot's end */
    int refused;  /* exit code with which it said that a restart is no use, else 0 */
    int64_t start_at_ms;
    int64_t restarts;
    struct restart restart;
};

enum signal_handle { ON_TERM, ON_INT, ON_HUP, SIGNALS };

struct supervisor {
    struct supervisor_options options;
    struct notify notify;
    struct err *e;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t signals[SIGNALS];
    uv_pipe_t parent;
    int lock_fd;
    enum phase phase;
    bool announced; /* READY=1 has been said */
    bool hurry;     /* asked twice: stop instead of drain */
    int exit_code;
    int64_t restarts;
    int64_t tick_due_ms;
    int64_t watchdog_due_ms;
    int64_t calls_before; /* in flight at the last tick of a drain */
    char status[STATUS_BYTES_MAX];
    char parent_bytes[64];
    struct slot slots[SLOTS_MAX];
};

/* What there is at the moment; of call workers, where nothing else is said. */
struct tally {
    int places; /* that are to be there */
    int alive;  /* processes, also those that leave */
    int ready;
    int refused;
    int waiting; /* of any kind */
    int stale;   /* processes of any kind that should have given a sign of life */
    int64_t calls;
};

/* --- supervisor.c ---------------------------------------------------------------------------- */

/* Takes every step that the last event has made possible, and sets the timer anew. */
void supervisor_advance(struct supervisor *s);
int64_t supervisor_now_ms(const struct supervisor *s); /* the loop's clock */
bool supervisor_is_up(const struct supervisor *s); /* starting or running: what dies is restarted */

/* --- supervisor_slot.c ----------------------------------------------------------------------- */

struct slot *supervisor_keeper(struct supervisor *s);
/* Makes a free slot a place of this kind, whose process is due now. */
void supervisor_slot_take(struct supervisor *s, struct slot *slot, enum child_kind kind);
void supervisor_start_due(struct supervisor *s);
/* Makes the number of places what the options say: new in the first gap, surplus from the last. */
void supervisor_fit(struct supervisor *s);
/* Tells the call workers to end: drain, in a hurry stop. */
void supervisor_end_calls(struct supervisor *s);
/* … and, once they are gone, the notifier, which does what their last jobs have set off, and then
 * the keeper. To be called after each end. */
void supervisor_end_others(struct supervisor *s);
void supervisor_reload_children(struct supervisor *s);
/* Looks for hung children; `excused`: we were away, so nobody is. */
void supervisor_look(struct supervisor *s, bool excused);
struct tally supervisor_count(const struct supervisor *s);

/* --- supervisor_tell.c ----------------------------------------------------------------------- */

/* Tells the manager what has changed; feeds its watchdog while no child is silent for too long. */
void supervisor_tell(struct supervisor *s);
/* Asks the manager for time to start or to end, some more than it takes to ask again. */
void supervisor_ask_for_time(const struct supervisor *s);

#endif
