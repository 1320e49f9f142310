/* account.c: see account.h. */
#include "account.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"

#define AVERAGE_WEIGHT 0.1 /* of the newest measurement */
#define TURN_FORGET 0.05   /* of a slow turn with every faster one after it */
#define STAGED_BASE_MS 250
#define STAGED_CALL_MS_MAX 10000.0
#define SHORT_CALL_MS 200.0 /* below, one job is claimed ahead for every slot at least */
#define TURNS_AHEAD 2.0

void account_init(struct account *a, const char *name, int32_t calls_max) {
    PRE(calls_max >= 1 && calls_max <= ACCOUNT_SLOTS_MAX);
    *a = (struct account){.calls_max = calls_max, .limit = calls_max};
    int n = snprintf(a->name, sizeof a->name, "%s", name);
    ASSERT(n > 0 && (size_t)n < sizeof a->name);
    a->idle = ensure_alloc((size_t)calls_max * sizeof *a->idle);
    a->lent = ensure_alloc((size_t)calls_max * sizeof *a->lent);
    a->slots = ensure_alloc((size_t)calls_max * sizeof *a->slots);
    size_t claims = 2 * (size_t)calls_max; /* for the slots, and as many ahead */
    a->claims_room = claims < STORE_TURN_CLAIMS_MAX ? claims : STORE_TURN_CLAIMS_MAX;
    a->claims = ensure_alloc(a->claims_room * sizeof *a->claims);
}

void account_release(struct account *a) {
    PRE(a->busy == 0 && a->staged == 0);
    free(a->idle);
    free(a->lent);
    free(a->slots);
    free(a->claims);
    a->idle = a->lent = a->slots = NULL;
    a->claims = NULL;
}

/* The one place where a slot changes hands. */
static void slot_set(struct account *a, int32_t slot_no, enum account_slot from,
                     enum account_slot to) {
    ASSERT(slot_no >= 0 && slot_no < ACCOUNT_SLOTS_MAX);
    ASSERT(a->slot[slot_no] == from);
    a->slot[slot_no] = (unsigned char)to;
}

void account_stage(struct account *a, struct account_staged *job, int64_t now_boot_ms) {
    bool first = job->probe || !a->staged_first;
    job->next = first ? a->staged_first : NULL;
    job->since_boot_ms = now_boot_ms > job->start_boot_ms ? now_boot_ms : job->start_boot_ms;
    if (first)
        a->staged_first = job;
    else
        a->staged_last->next = job;
    if (!job->next)
        a->staged_last = job;
    a->staged++;
    a->active_boot_ms = now_boot_ms;
}

static struct account_staged *staged_pop(struct account *a) {
    struct account_staged *job = a->staged_first;
    a->staged_first = job->next;
    if (!a->staged_first)
        a->staged_last = NULL;
    a->staged--;
    job->next = NULL;
    return job;
}

struct account_staged *account_unstage(struct account *a, int64_t now_boot_ms, int64_t age_ms) {
    struct account_staged *job = a->staged_first;
    if (!job || (age_ms > 0 && now_boot_ms - job->since_boot_ms <= age_ms))
        return NULL;
    if (age_ms > 0) /* calls take long now, whatever those took that have ended */
        a->call_ms = fmax(a->call_ms, ACCOUNT_LONG_CALL_MS);
    return staged_pop(a);
}

struct account_staged *account_unstage_late(struct account *a, int64_t now_boot_ms) {
    struct account_staged *job = a->staged_first;
    return job && now_boot_ms > job->latest_boot_ms ? staged_pop(a) : NULL;
}

int64_t account_begins_at(const struct account *a) {
    const struct account_staged *job = a->staged_first;
    if (!job || a->idle_count == 0)
        return INT64_MAX;
    return job->start_boot_ms > a->hint_boot_ms ? job->start_boot_ms : a->hint_boot_ms;
}

void account_shrink(struct account *a) {
    a->untold_shrinks++;
}

void account_shrink_told(struct account *a) {
    PRE(a->untold_shrinks > 0);
    a->untold_shrinks--;
}

void account_pause(struct account *a) {
    a->untold_pauses++;
}

void account_pause_told(struct account *a) {
    PRE(a->untold_pauses > 0);
    a->untold_pauses--;
}

bool account_may_send(const struct account *a, bool probe, int64_t deadline_boot_ms,
                      int64_t now_boot_ms) {
    return a->untold_pauses == 0 && now_boot_ms >= a->hint_boot_ms &&
           (probe || now_boot_ms >= a->gate_boot_ms) && now_boot_ms <= deadline_boot_ms &&
           deadline_boot_ms + ACCOUNT_LEASE_MARGIN_MS <= a->lease_until_boot_ms;
}

/* May the oldest staged job start on this slot, as one of `busy` calls? The slot counts as held
 * already. */
static bool may_start(const struct account *a, int32_t slot_no, int32_t busy, int64_t now_boot_ms) {
    const struct account_staged *job = a->staged_first;
    int32_t held = account_held(a);
    return job && slot_no < a->cap && held <= a->share && held <= a->limit &&
           (a->untold_shrinks == 0 || busy <= a->share - a->untold_shrinks) &&
           now_boot_ms >= job->start_boot_ms && now_boot_ms <= job->latest_boot_ms &&
           account_may_send(a, job->probe, now_boot_ms + job->longest_ms, now_boot_ms);
}

struct account_staged *account_begin(struct account *a, bool allowed, int64_t now_boot_ms,
                                     int32_t *slot_no) {
    for (int32_t i = a->idle_count - 1; allowed && i >= 0; i--) {
        if (!may_start(a, a->idle[i], a->busy + 1, now_boot_ms))
            continue;
        *slot_no = a->idle[i];
        a->idle[i] = a->idle[--a->idle_count];
        slot_set(a, *slot_no, ACCOUNT_SLOT_IDLE, ACCOUNT_SLOT_BUSY);
        a->busy++;
        return staged_pop(a);
    }
    return NULL;
}

struct account_staged *account_over(struct account *a, int32_t slot_no, bool allowed,
                                    int64_t now_boot_ms) {
    a->active_boot_ms = now_boot_ms;
    if (allowed && may_start(a, slot_no, a->busy, now_boot_ms)) {
        slot_set(a, slot_no, ACCOUNT_SLOT_BUSY, ACCOUNT_SLOT_BUSY);
        return staged_pop(a);
    }
    slot_set(a, slot_no, ACCOUNT_SLOT_BUSY, ACCOUNT_SLOT_IDLE);
    a->busy--;
    ASSERT(a->idle_count < a->calls_max);
    a->idle[a->idle_count++] = slot_no;
    a->fresh = true;
    return NULL;
}

void account_abandon(struct account *a, int32_t slot_no) {
    slot_set(a, slot_no, ACCOUNT_SLOT_BUSY, ACCOUNT_SLOT_NONE);
    a->busy--;
}

void account_lend(struct account *a, struct store_want *want, bool drain) {
    PRE(a->lent_count == 0 && a->id != 0);
    for (int32_t i = 0; i < a->idle_count; i++) {
        slot_set(a, a->idle[i], ACCOUNT_SLOT_IDLE, ACCOUNT_SLOT_LENT);
        a->lent[i] = a->idle[i];
    }
    a->lent_count = a->idle_count;
    a->idle_count = 0;
    a->fresh = false;
    *want = (struct store_want){
        .account_id = a->id,
        .lease_ms = a->longest_ms + ACCOUNT_LEASE_MARGIN_MS + ACCOUNT_LEASE_SPARE_MS,
        .lease_until_boot_ms = account_held(a) > 0 ? a->lease_until_boot_ms : 0,
        .busy = a->busy,
        .idle = a->lent,
        .idle_count = (size_t)a->lent_count,
        .staged = a->staged,
        .calls_max = a->limit,
        .ahead_max = drain ? 0 : account_ahead_max(a),
        .drain = drain,
        .anew = a->anew,
        .slots = a->slots,
        .claims = a->claims,
        .claims_max = drain ? 0 : a->claims_room,
    };
    a->anew = false;
}

static void lent_clear(struct account *a) {
    for (int32_t i = 0; i < a->lent_count; i++)
        if (a->slot[a->lent[i]] == ACCOUNT_SLOT_LENT)
            slot_set(a, a->lent[i], ACCOUNT_SLOT_LENT, ACCOUNT_SLOT_NONE);
    a->lent_count = 0;
}

static void idle_add(struct account *a, int32_t slot_no) {
    ASSERT(slot_no >= 0 && slot_no < ACCOUNT_SLOTS_MAX);
    slot_set(a, slot_no, ACCOUNT_SLOT_NONE, ACCOUNT_SLOT_IDLE);
    ASSERT(a->idle_count < a->calls_max);
    a->idle[a->idle_count++] = slot_no;
}

void account_return(struct account *a, const struct store_want *want, int64_t now_boot_ms) {
    lent_clear(a);
    for (size_t i = 0; i < want->slot_count; i++)
        idle_add(a, want->slots[i]);
    a->cap = want->cap;
    a->share = want->share;
    a->gate_boot_ms = want->gate_boot_ms;
    a->lease_until_boot_ms = want->lease_until_boot_ms;
    if (want->claim_count > 0)
        a->active_boot_ms = now_boot_ms;
    POST(account_held(a) <= a->calls_max);
}

static double usable_slots(const struct account *a) {
    return (double)(a->share < a->limit ? a->share : a->limit);
}

int64_t account_gather_ms(const struct account *a) {
    double slots = usable_slots(a);
    double ms = slots > 0 ? ACCOUNT_GROUP * a->call_ms / slots : 0;
    double most = fmin(fmax(a->call_ms / 2, ACCOUNT_GATHER_SHORT_MS), ACCOUNT_GATHER_MAX_MS);
    return (int64_t)fmax(fmin(ms, most), 1);
}

int32_t account_ahead_max(const struct account *a) {
    if (a->call_ms <= 0 || a->call_ms >= ACCOUNT_LONG_CALL_MS)
        return 0;
    double round_ms = a->turn_ms + (double)account_gather_ms(a);
    double ended = usable_slots(a) * TURNS_AHEAD * round_ms / a->call_ms;
    if (ended >= (double)a->calls_max)
        return a->calls_max;
    int32_t whole = (int32_t)ended;
    int32_t ahead = (double)whole < ended ? whole + 1 : whole;
    /* calls that began together end together: one job ahead for every slot */
    int32_t all = (int32_t)usable_slots(a);
    return a->call_ms < SHORT_CALL_MS && ahead < all ? all : ahead;
}

static double average(double old, double ms) {
    return old > 0 ? old + AVERAGE_WEIGHT * (ms - old) : ms;
}

void account_call_took(struct account *a, double ms) {
    a->call_ms = average(a->call_ms, ms > 0 ? ms : 0.001);
}

void account_turn_took(struct account *a, double ms) {
    /* the slow ones count: a checkpoint or a crowd before us */
    a->turn_ms = ms > a->turn_ms ? ms : a->turn_ms + TURN_FORGET * (ms - a->turn_ms);
}

int64_t account_staged_max_ms(const struct account *a) {
    double calls_ms = 2 * a->call_ms;
    return STAGED_BASE_MS +
           (int64_t)(calls_ms < STAGED_CALL_MS_MAX ? calls_ms : STAGED_CALL_MS_MAX);
}

bool account_is_starving(const struct account *a) {
    return a->fresh && a->idle_count > 0 && a->staged == 0;
}

bool account_has_room(const struct account *a) {
    int32_t held = account_held(a);
    bool share_known = a->cap > 0;
    return held < a->limit && (!share_known || held < a->share);
}

void account_refresh(struct account *a) {
    a->fresh = a->fresh || a->idle_count > 0;
}
