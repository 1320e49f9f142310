/*
 * dispatch.c: see dispatch.h. In this order: ends of the whole, the result of a turn, when the next
 * one is due, time, the step, the life of the whole.
 */
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "base/log.h"
#include "judge.h"
#include "loop.h"
#include "slots.h"
#include "turns.h"

#define TICK_MS 100    /* resolution of the deadlines that libcurl does not keep */
#define FROZEN_MS 1000 /* a tick so late means that this process stood still */
#define AGAIN_MS 1000  /* between tries to store an answer on a full disk */
#define RELOOK_MS 100  /* from a turn to the next that only asks whether the share has grown */

/* ---- ends of the whole ----------------------------------------------------------------------- */

static void finish(struct dispatch *d) {
    d->finished = true;
    d->on_finished(d->arg, d->exit_code);
}

static void give_up(struct dispatch *d, int exit_code) {
    d->exit_code = exit_code;
    d->leave_open = true;
    finish(d);
}

static void fail(struct dispatch *d, const struct err *e) {
    log_failure_with(LOG_ERROR, "store_failed", e, "exit=%d", err_exit_code(e->code));
    give_up(d, err_exit_code(e->code));
}

/* ---- the result of a turn -------------------------------------------------------------------- */

void dispatch_on_done(void *arg, struct store_thread_request *request) {
    struct dispatch *d = arg;
    d->in_turn = false;
    if (!request->ok) {
        fail(d, &request->err);
        return;
    }
    if (turns_take(d, request))
        FAULT_POINT("claimed");
    if (request->said_again) { /* what the first try may have claimed, only the keeper can tell */
        d->leave_open = true;
        d->exit_code = 1;
        dispatch_drain(d);
    }
    slots_run_all(d);
}

/* ---- when a turn is due ---------------------------------------------------------------------- */

static void wake_by(struct dispatch *d, uint64_t at_ms) {
    if (at_ms < d->wake_ms)
        d->wake_ms = at_ms;
}

static bool is_empty(const struct dispatch *d) {
    if (d->host.running_count > 0 || d->storing_count > 0 || d->ended.first || d->no_room.first)
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (account_held(d->accounts[i]) > 0 || d->accounts[i]->staged > 0)
            return false;
    return true;
}

static bool has_unknown_account(const struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && d->accounts[i]->id == 0)
            return true;
    return false;
}

static bool could_claim(const struct dispatch *d) {
    if (!slots_may_call(d))
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && account_has_room(d->accounts[i]))
            return true;
    return false;
}

static bool is_due_now(const struct dispatch *d) {
    if (d->look && (could_claim(d) || has_unknown_account(d)))
        return true;
    for (size_t i = 0; i < d->account_count; i++)
        if (account_is_starving(d->accounts[i]) || (d->draining && d->accounts[i]->idle_count > 0))
            return true;
    return d->draining && (d->ended.first || !d->said_draining);
}

/* Could more calls be made if the share were larger than the last turn said, or fewer, because the
 * gate has been closed? */
static bool could_grow(const struct dispatch *d) {
    if (!slots_may_call(d))
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && (account_held(d->accounts[i]) < d->accounts[i]->calls_max ||
                                       d->accounts[i]->staged > 0))
            return true;
    return false;
}

/* Others have committed while this worker has all it may have. Mostly that was their daily work;
 * but the cap may have been raised, a worker may be gone, the excess over a lowered cap be over,
 * and only a turn can tell. So a turn follows, but not one for each of their commits. */
static bool is_due_again(struct dispatch *d) {
    if (!d->look || !could_grow(d))
        return false;
    uint64_t waited_ms = loop_now_ms(&d->host) - d->turn_ms;
    if (waited_ms >= RELOOK_MS)
        return true;
    wake_by(d, d->turn_ms + RELOOK_MS);
    return false;
}

static bool is_due_soon(const struct dispatch *d) {
    if (d->ended.first)
        return true;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->fresh)
            return true;
    return false;
}

static uint64_t gather_ms(const struct dispatch *d) {
    int64_t least = ACCOUNT_GATHER_MAX_MS;
    for (size_t i = 0; i < d->account_count; i++) {
        const struct account *a = d->accounts[i];
        int64_t ms = account_gather_ms(a);
        if (account_held(a) > 0 && ms < least)
            least = ms;
    }
    return (uint64_t)least;
}

/* True when enough time has passed since the first thing to be told;
 * else makes sure to come back. */
static bool has_gathered(struct dispatch *d) {
    uint64_t now_ms = loop_now_ms(&d->host);
    if (d->pending_since_ms == 0)
        d->pending_since_ms = now_ms;
    uint64_t waited_ms = now_ms - d->pending_since_ms, most_ms = gather_ms(d);
    if (waited_ms >= most_ms)
        return true;
    wake_by(d, d->pending_since_ms + most_ms);
    return false;
}

static void turn_when_due(struct dispatch *d) {
    if (!d->started || d->in_turn || d->finished)
        return;
    if (d->draining && is_empty(d)) {
        if (d->removed || d->leave_open)
            finish(d);
        else
            turns_begin(d, true);
        return;
    }
    if (is_due_now(d) || (is_due_soon(d) && has_gathered(d)) || is_due_again(d))
        turns_begin(d, false);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void check_running(struct dispatch *d) {
    int64_t now_boot_ms = clock_boot_ms();
    for (struct call *c = d->host.running, *next; c; c = next) {
        next = c->next;
        call_check_time(c, now_boot_ms);
    }
}

/* After standing still, answers may wait in the sockets: they are read before time is judged. */
static void forgive_silence(struct dispatch *d) {
    for (struct call *c = d->host.running; c; c = c->next)
        c->last_byte_ms = loop_now_ms(&d->host);
}

static void check_staged(struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++) {
        struct account *a = d->accounts[i];
        if (a->staged == 0)
            continue;
        slots_give_back(d, a, account_staged_max_ms(a));
        slots_run_idle(d, a);
        account_refresh(a);
    }
}

static void store_again(struct dispatch *d) {
    if (loop_now_ms(&d->host) - d->retried_ms < AGAIN_MS)
        return;
    d->retried_ms = loop_now_ms(&d->host);
    struct call_list waiting = d->no_room;
    d->no_room = (struct call_list){0};
    struct call *c;
    while ((c = call_list_take(&waiting)))
        slots_store_answer(d, c);
}

static bool is_idle(const struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->staged > 0)
            return false;
    return d->host.running_count == 0 && !d->no_room.first;
}

static void tick(struct dispatch *d, uint64_t now_ms) {
    bool frozen = now_ms - d->ticked_ms > FROZEN_MS;
    d->ticked_ms = now_ms;
    if (frozen)
        forgive_silence(d);
    else
        check_running(d);
    check_staged(d);
    store_again(d);
}

/* While anything waits for time, a tick each TICK_MS. */
static void tick_when_due(struct dispatch *d) {
    uint64_t now_ms = loop_now_ms(&d->host);
    if (d->ticking && now_ms >= d->ticked_ms + TICK_MS)
        tick(d, now_ms);
    bool was_ticking = d->ticking;
    d->ticking = !is_idle(d);
    if (d->ticking && !was_ticking)
        d->ticked_ms = now_ms;
    if (d->ticking)
        wake_by(d, d->ticked_ms + TICK_MS);
}

/* The first place in time of a staged job behind `after_boot_ms`; INT64_MAX = there is none. */
static int64_t next_place(const struct dispatch *d, int64_t after_boot_ms) {
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < d->account_count; i++) {
        int64_t at = account_begins_at(d->accounts[i]);
        if (at > after_boot_ms && at < first)
            first = at;
    }
    return first;
}

/* Places that have come since the last step, also those that came while it went on: who staged the
 * job may have found it too early by a moment. */
static void pace_when_due(struct dispatch *d) {
    int64_t now_boot_ms = clock_boot_ms();
    bool due = next_place(d, d->paced_boot_ms) <= now_boot_ms;
    d->paced_boot_ms = now_boot_ms;
    if (due)
        slots_run_all(d);
}

/* The staged job whose place in time comes first ends the wait. */
static void set_pace(struct dispatch *d) {
    int64_t first = next_place(d, d->paced_boot_ms), now_boot_ms = clock_boot_ms();
    if (first != INT64_MAX)
        wake_by(d,
                loop_now_ms(&d->host) + (uint64_t)(first > now_boot_ms ? first - now_boot_ms : 0));
}

/* ---- the step -------------------------------------------------------------------------------- */

uint64_t dispatch_step(struct dispatch *d) {
    d->wake_ms = DISPATCH_NEVER;
    pace_when_due(d);
    tick_when_due(d);
    turn_when_due(d);
    set_pace(d);
    return d->wake_ms;
}

void dispatch_beat(struct dispatch *d) {
    d->look = d->look || has_unknown_account(d);
}

/* ---- the life of the whole ------------------------------------------------------------------- */

static struct account *find_account(const struct dispatch *d, const char *name) {
    for (size_t i = 0; i < d->account_count; i++)
        if (strcmp(d->accounts[i]->name, name) == 0)
            return d->accounts[i];
    return NULL;
}

static void adopt_profile(struct account *a, const struct profile *p) {
    bool is_longest = !a->wanted || p->timeout_total_ms > a->longest_ms;
    a->wanted = a->anew = true;
    if (is_longest)
        a->longest_ms = p->timeout_total_ms;
}

/* Accounts that the profiles use; those that no profile uses any more stay for what is
 * in flight. */
static void adopt_accounts(struct dispatch *d) {
    const struct config *config = d->generation->config;
    for (size_t i = 0; i < d->account_count; i++)
        d->accounts[i]->wanted = false;
    for (size_t i = 0; i < config->profile_count; i++) {
        struct account *a = find_account(d, config->profiles[i]->account);
        if (!a && d->account_count == CONFIG_ACCOUNTS_MAX)
            continue;
        if (!a) {
            a = ensure_alloc(sizeof *a);
            account_init(a, config->profiles[i]->account, d->calls_max);
            d->accounts[d->account_count++] = a;
        }
        adopt_profile(a, config->profiles[i]);
    }
}

void dispatch_open(struct dispatch *d, struct generation *generation, int32_t calls_max,
                   void (*on_finished)(void *arg, int exit_code), void *arg) {
    d->generation = generation;
    d->calls_max = calls_max;
    d->on_finished = on_finished;
    d->arg = arg;
    d->host.on_over = slots_on_over;
    d->host.arg = d;
    adopt_accounts(d);
}

void dispatch_close(struct dispatch *d) {
    struct call *c;
    while ((c = call_list_take(&d->recycled)))
        call_free(c);
    for (size_t i = 0; i < d->account_count; i++) {
        account_release(d->accounts[i]);
        free(d->accounts[i]);
    }
    free(d->settles);
    free(d->records);
    free((void *)d->results);
    generation_drop(d->asked);
    generation_drop(d->generation);
}

void dispatch_on_started(struct dispatch *d, bool ok, int exit_code) {
    d->started = ok;
    d->look = true;
    if (!ok)
        give_up(d, exit_code);
}

void dispatch_on_look(void *arg) {
    struct dispatch *d = arg;
    d->look = true;
}

void dispatch_on_space(void *arg, bool missing) {
    struct dispatch *d = arg;
    d->store_full = missing;
    if (missing && d->stopping)
        store_thread_give_up(d->store);
    d->look = d->look || !missing;
}

void dispatch_set_space_low(struct dispatch *d, bool low) {
    d->space_low = low;
    d->look = d->look || !low;
}

void dispatch_reload(struct dispatch *d, struct generation *generation) {
    generation_drop(d->generation);
    d->generation = generation;
    adopt_accounts(d);
    d->look = true;
}

void dispatch_drain(struct dispatch *d) {
    if (d->draining)
        return;
    d->draining = true;
    for (size_t i = 0; i < d->account_count; i++)
        slots_give_back(d, d->accounts[i], 0);
}

void dispatch_stop(struct dispatch *d) {
    struct call *c;
    dispatch_drain(d);
    d->stopping = true;
    while (d->host.running)
        call_abort(d->host.running, TRANSPORT_ABORT_STOP);
    while ((c = call_list_take(&d->no_room))) {
        judge_published(c, false);
        slots_end(d, c);
    }
    if (d->store_full)
        store_thread_give_up(d->store);
}
