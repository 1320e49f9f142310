/*
 * account: what this worker holds on one account: slots, jobs claimed ahead, and the right to
 * start.
 *
 *                 turn returns it                 begin
 *        (none) ──────────────────▶ idle ─────────────────────────▶ busy ─┐
 *           ▲                       │  ▲                             │  ▲ │ over, and a staged job
 *           │   not returned        │  └───────── over ──────────────┘  └─┘ may start: handed over
 *           └──────────── lent ◀────┘ lend (the slot is the turn's until it returns)
 *
 * A call that was abandoned takes its slot from busy to (none): the store holds it.
 *
 * Pure: no I/O, no libcurl, the clock is an argument. The rule it keeps: a slot carries one call at
 * most, and a call starts only under an open gate, below the cap and the share, and under a lease
 * that outlives it. A broken rule is an assertion, never an extra call.
 */
#ifndef CALL_ACCOUNT_H
#define CALL_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define ACCOUNT_SLOTS_MAX 4096       /* CONFIG_CAP_MAX */
#define ACCOUNT_LEASE_MARGIN_MS 2000 /* between a call's hard end and the end of its lease */
#define ACCOUNT_LEASE_SPARE_MS 10000 /* asked for on top, so that calls may start between turns */
#define ACCOUNT_LONG_CALL_MS 1000.0  /* from here on nothing is claimed ahead */
#define ACCOUNT_GROUP 16.0           /* ended calls that make a turn worth its price */
#define ACCOUNT_GATHER_MAX_MS 25     /* but no turn is held back for longer, … */
#define ACCOUNT_GATHER_SHORT_MS 10   /* … nor for longer than half a call, or this */

enum account_slot { ACCOUNT_SLOT_NONE, ACCOUNT_SLOT_IDLE, ACCOUNT_SLOT_BUSY, ACCOUNT_SLOT_LENT };

/* A job claimed and not started; part of its owner's struct. */
struct account_staged {
    struct account_staged *next;
    int64_t since_boot_ms;
    int64_t longest_ms;                    /* the call's hard total timeout */
    int64_t start_boot_ms, latest_boot_ms; /* its place in time: see struct store_claim */
    bool probe;                            /* may begin though the gate is closed */
};

struct account {
    char name[STORE_NAME_MAX + 1];
    int64_t id;             /* 0 = the store does not know it yet */
    bool wanted;            /* a profile of the present configuration uses it */
    int64_t longest_ms;     /* the longest total timeout of these profiles */
    int32_t calls_max;      /* room of the arrays idle, lent and slots */
    int32_t limit;          /* most slots to hold now: its part of the worker's calls_max */
    int64_t active_boot_ms; /* when it last had something to do */

    unsigned char slot[ACCOUNT_SLOTS_MAX]; /* enum account_slot */
    int32_t *idle;
    int32_t idle_count;
    int32_t *lent;
    int32_t lent_count;
    int32_t busy;
    bool fresh;   /* an idle slot that no turn has seen since it became idle */
    bool settles; /* the turn that begins settles calls of it */
    bool anew;    /* no turn has asked with the profiles of the present configuration yet */

    struct account_staged *staged_first, *staged_last;
    int32_t staged;

    int32_t *slots;             /* for a turn's answer */
    struct store_claim *claims; /* the same */
    size_t claims_room;

    int64_t cap, share, gate_boot_ms, lease_until_boot_ms; /* as the last turn said */
    int64_t hint_boot_ms;    /* what other workers say, by the shared gate: no call before */
    int32_t untold_pauses;   /* answers that ask for a pause and are not settled yet */
    int32_t untold_shrinks;  /* refusals of one call too many that are not settled yet */
    double call_ms, turn_ms; /* running average, recent worst; 0 = not measured yet */
};

void account_init(struct account *a, const char *name, int32_t calls_max);
void account_release(struct account *a); /* nothing may be staged or busy */

static inline int32_t account_held(const struct account *a) {
    return a->idle_count + a->lent_count + a->busy;
}

/* Puts a claimed job behind the others; a probe goes before them. */
void account_stage(struct account *a, struct account_staged *job, int64_t now_boot_ms);

/* Takes the oldest staged job if it has waited for longer than age_ms (0 = any), else NULL. Where
 * one has waited for too long no call ends: nothing more is claimed ahead before one does. */
struct account_staged *account_unstage(struct account *a, int64_t now_boot_ms, int64_t age_ms);

/* Takes the oldest staged job if its place in time is past; else NULL. It is to be given back. */
struct account_staged *account_unstage_late(struct account *a, int64_t now_boot_ms);

/* When the oldest staged job may begin for time alone; INT64_MAX when no slot waits for it. */
int64_t account_begins_at(const struct account *a);

/* Takes the oldest staged job together with an idle slot it may use: the slot is busy then. NULL
 * when there is no such pair now. `allowed` false = the worker makes no new call at the moment. */
struct account_staged *account_begin(struct account *a, bool allowed, int64_t now_boot_ms,
                                     int32_t *slot_no);

/* The call on slot_no is over. Returns the staged job that goes on on the same slot at once, or
 * NULL and the slot is idle. */
struct account_staged *account_over(struct account *a, int32_t slot_no, bool allowed,
                                    int64_t now_boot_ms);

/* The call on slot_no was given up and may go on at the provider: the slot is no longer ours. */
void account_abandon(struct account *a, int32_t slot_no);

/* An answer asks for a pause or a stop: no call begins until the store has been told, whose gate
 * then says how long. Once for each such answer, and once told. */
void account_pause(struct account *a);
void account_pause_told(struct account *a);

/* A call was refused because there were too many: until the store has been told, one call less at
 * a time. */
void account_shrink(struct account *a);
void account_shrink_told(struct account *a);

/* May a call on a busy slot, which ends by deadline_boot_ms at the latest, send its first byte? A
 * probe may though the gate is closed. */
bool account_may_send(const struct account *a, bool probe, int64_t deadline_boot_ms,
                      int64_t now_boot_ms);

/* Fills the in part of a want and lends it the idle slots. The account's limit bounds what is asked
 * for. */
void account_lend(struct account *a, struct store_want *want, bool drain);

/* What a finished turn says: slots that may be used, cap, share, gate, leases. */
void account_return(struct account *a, const struct store_want *want, int64_t now_boot_ms);

/* Jobs to claim beyond the slots: the calls expected to end during about two turns; for short calls
 * one for every slot at least, for long ones none. */
int32_t account_ahead_max(const struct account *a);

/* How long the next turn may be held back to make its group bigger: until about ACCOUNT_GROUP calls
 * have ended; 1 … ACCOUNT_GATHER_MAX_MS. One job is claimed ahead for every slot of short calls, so
 * within half a call's time no slot is left without one. */
int64_t account_gather_ms(const struct account *a);

void account_call_took(struct account *a, double ms);
void account_turn_took(struct account *a, double ms);

/* How long a staged job may wait before it is given back. */
int64_t account_staged_max_ms(const struct account *a);

/* A slot stands idle and nothing is staged for it: the next turn must not wait. */
bool account_is_starving(const struct account *a);

/* Could the account make use of another slot? */
bool account_has_room(const struct account *a);

/* An idle slot that could not be used is to be shown to the store again. */
void account_refresh(struct account *a);

#endif
