/*
 * dispatch: which call starts when on which slot, and what the store is told about it.
 *
 * Between the loop (calls begin and end in microseconds) and the store (a transaction takes a
 * fraction of a millisecond and waits for others): what ends while a turn is under way goes into
 * the next one, and a freed slot does not wait for the store when a job was claimed ahead for it.
 * Everything here runs on the loop thread and blocks on nothing.
 *
 * The rules are in three files: slots.c (which call starts where), turns.c (what a turn says and
 * brings), dispatch.c (when what is due). They are pure: no libuv, no libcurl, no SQLite; time
 * comes from base/clock.h and loop_now_ms, calls are made by call.c, turns by store_thread.h.
 * loop.c and call_worker.c bind them to the real ones, tests/sim to simulated ones.
 */
#ifndef CALL_DISPATCH_H
#define CALL_DISPATCH_H

#include "call.h"
#include "call_list.h"
#include "store_thread.h"

/* Each account may have one call even when calls_max is used up. */
#define DISPATCH_OVER_CALLS_MAX 64

#define DISPATCH_NEVER UINT64_MAX

struct dispatch {
    struct call_host host;
    struct store_thread *store;
    struct generation *generation; /* for calls that are claimed from now on */
    int32_t calls_max;
    int64_t segment_bytes_min; /* small answers of a turn together: less are rows */
    int32_t open_max;          /* calls started and not settled: each may need a presence mark */
    void (*on_finished)(void *arg, int exit_code);
    void *arg;

    struct account *accounts[CONFIG_ACCOUNTS_MAX];
    size_t account_count;

    int32_t open_count;
    int32_t storing_count;     /* being published */
    struct call_list ended;    /* to be settled by the next turn */
    struct call_list settling; /* by the turn under way */
    struct call_list no_room;  /* answers that wait for space on the disk */
    struct call_list recycled;
    bool store_full;
    bool space_low;       /* below the floor: the rest is for what is in flight */
    bool waited_for_room; /* no_room was not empty since work was last looked for */

    struct store_thread_request request;
    bool in_turn;
    struct generation *asked; /* whose profiles the turn under way may claim for; NULL = none is */
    struct store_settle *settles;
    size_t settles_room; /* of these three */
    struct segment_record *records;
    struct store_result **results;
    struct store_want wants[STORE_TURN_WANTS_MAX];
    struct account *want_accounts[STORE_TURN_WANTS_MAX]; /* whose wants[i] is */
    struct store_thread_account lookups[CONFIG_ACCOUNTS_MAX];
    struct account *lookup_accounts[CONFIG_ACCOUNTS_MAX];

    bool started; /* the store is open */
    bool look;    /* there may be something to claim */
    bool draining, stopping;
    bool said_draining;
    bool removed;    /* the worker's row is gone: the end */
    bool leave_open; /* something is left that only the keeper can tell: keep row and presence */
    bool finished;
    int exit_code;

    uint64_t pending_since_ms; /* loop time of the first thing a turn is due for; 0 = none */
    uint64_t ticked_ms, retried_ms, turn_ms;
    bool ticking;
    int64_t paced_boot_ms; /* places in time up to here have been looked at */
    uint64_t wake_ms;      /* of the step under way: loop time of the next at the latest */
};

/* `host` is filled but for on_over and arg; the store thread may still be starting. on_finished is
 * called once, when nothing is left to be done or to be hoped for. */
void dispatch_open(struct dispatch *d, struct generation *generation, int32_t calls_max,
                   void (*on_finished)(void *arg, int exit_code), void *arg);
/* Calls must be over. */
void dispatch_close(struct dispatch *d);

/* Does what is due. Said after whatever has happened, before the loop waits; returns the loop time
 * by which it wants to be said again though nothing happens, DISPATCH_NEVER = none. */
uint64_t dispatch_step(struct dispatch *d);

/* Handlers of the store thread; arg is the dispatch. */
void dispatch_on_started(struct dispatch *d, bool ok, int exit_code);
void dispatch_on_done(void *arg, struct store_thread_request *request);
void dispatch_on_look(void *arg);
void dispatch_on_space(void *arg, bool missing);

/* Little room is left where answers go: begin no more calls; or: there is room again. */
void dispatch_set_space_low(struct dispatch *d, bool low);

void dispatch_reload(struct dispatch *d, struct generation *generation);
void dispatch_drain(struct dispatch *d); /* claim no more; on_finished follows */
void dispatch_stop(struct dispatch *d);  /* also give up what is in flight */
void dispatch_beat(struct dispatch *d);  /* each second */

static inline int64_t dispatch_in_flight(const struct dispatch *d) {
    return d->host.running_count;
}

#endif
