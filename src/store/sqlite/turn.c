/*
 * turn: what a call worker says to the store: settle what is over, claim what comes next, in one
 * transaction. What an account lets through is here; its slots are in slots.c, its jobs in claim.c.
 */
#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/claiming.h"
#include "store/sqlite/settle.h"

/* Slots this worker may hold: its equal part of the cap, rounded up. */
static bool find_share(struct claiming *c, struct err *e) {
    int64_t workers = 1;
    bool found;
    if (!db_int(c->s, Q_worker_count_calling, NO_BINDS, &workers, &found, e))
        return false;
    if (workers < 1)
        workers = 1;
    c->want->share = least((c->want->cap + workers - 1) / workers, c->want->calls_max);
    return true;
}

/* The worker reckons with its whole share; while others sit on a part of it (a dead worker's calls
 * that may still run), jobs claimed for slots that do not exist would only be given back. */
static int64_t ahead_for(const struct store_want *w, int64_t slots) {
    if (slots == 0)
        return 0;
    return slots < w->share ? (w->ahead_max * slots + w->share - 1) / w->share : w->ahead_max;
}

/* Free slots that the turn could use, and how many jobs that is. */
static int64_t most_claims(const struct claiming *c, int64_t usable) {
    const struct store_want *w = c->want;
    if (c->probing)
        return least(least(usable, 1), (int64_t)w->claims_max);
    /* with places in time nothing is claimed ahead of a free slot */
    int64_t ahead = flow_is_paced(&c->row->flow) ? 0 : ahead_for(w, usable + w->busy);
    int64_t most = least(usable + ahead - w->staged, (int64_t)w->claims_max);
    return greatest(least(most, STORE_TURN_CLAIMS_MAX), 0);
}

static bool claim_and_take(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    int32_t free_slots[SLOT_MAX];
    int64_t kept = (int64_t)w->slot_count, found = 0;
    int64_t room = least(w->share - w->busy - kept, -c->excess);
    if (c->probing)
        room = least(room, 1);
    if (room > 0 && !slots_find_free(c, least(room, SLOT_MAX), free_slots, &found, e))
        return false;
    int64_t usable = kept + found;
    if (!claim_jobs(c, (size_t)most_claims(c, usable), e))
        return false;
    int64_t waiting = c->probing ? 0 : w->staged;
    int64_t needed = least(waiting + (int64_t)w->claim_count, usable);
    while ((int64_t)w->slot_count > needed)
        if (!slots_give(c, w->slots[--w->slot_count], e))
            return false;
    return slots_take(c, free_slots, needed - (int64_t)w->slot_count, e);
}

/* How many calls at a time the account makes now. When all of them are made it may try one more,
 * if it is time; its first call after a rest begins a new ramp. */
static bool find_cap(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    struct flow *f = &c->row->flow;
    int64_t leases = 0;
    bool lowered = effective_grows_at(&f->effective, c->now_boot_ms) != INT64_MAX;
    if ((lowered || f->ramp_per_min > 0) && !slots_count(c, 0, &leases, e))
        return false;
    if (leases == 0)
        flow_begins(f, c->now_boot_ms); /* written if there is something to claim */
    if (lowered && w->claims_max > 0 && leases >= flow_cap(f, c->now_boot_ms) &&
        effective_grow(&f->effective, f->cap, c->now_boot_ms))
        c->row->state_changed = true;
    w->cap = flow_cap(f, c->now_boot_ms);
    claiming_look_again(c, flow_cap_grows_at(f, c->now_boot_ms));
    return true;
}

static void find_gate(struct claiming *c) {
    const struct flow *f = &c->row->flow;
    c->want->gate_boot_ms = flow_closed_until(f);
    c->want->shut_boot_ms = flow_shut_until(f);
    claiming_look_again(c, flow_looks_at(f));
}

static bool serve_open(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    bool closed = w->gate_boot_ms > c->now_boot_ms, drain = w->drain;
    c->probing = closed && flow_may_probe(&c->row->flow, c->now_boot_ms);
    w->drain = drain || closed; /* behind a closed gate idle slots go back, too */
    bool ok = slots_find_excess(c, e) && slots_sort_idle(c, e) && slots_find_excess(c, e);
    w->drain = drain;
    if (ok && !drain && (!closed || c->probing)) {
        ok = claim_and_take(c, e);
        find_gate(c);
    }
    return ok;
}

static bool serve_account(struct claiming *c, int64_t *next_boot_ms, struct err *e) {
    struct store_want *w = c->want;
    w->slot_count = w->claim_count = 0;
    if (!flow_of(c->s, w->account_id, &c->row, e) || !claim_anew(c, e) || !find_cap(c, e) ||
        !find_share(c, e) || !slots_renew(c, e))
        return false;
    w->lost = w->lost || !c->known;
    find_gate(c);
    bool ok = w->lost || serve_open(c, e);
    if (!w->lost && bill_is_closed(&c->purse)) /* a new day has a new budget */
        claiming_look_again(c, c->now_boot_ms +
                                   least(BILL_LOOK_MS, BILL_DAY_MS - c->now_wall_ms % BILL_DAY_MS));
    if (c->passed_over > 0 && w->claim_count < w->claims_max)
        *next_boot_ms = c->now_boot_ms; /* behind them there may be jobs for the free slots */
    if (!w->lost && c->excess > 0)
        w->share = 0;
    *next_boot_ms = least(*next_boot_ms, c->next_boot_ms);
    return ok;
}

/* *known is false when the keeper took this worker for dead and gave its jobs and slots away. */
static bool is_known(struct store *s, int64_t worker_id, bool *known, struct err *e) {
    int64_t one;
    return db_int(s, Q_worker_known, BINDS(INT(":id", worker_id)), &one, known, e);
}

/* A batch with a cap of its own is a candidate by the number of its running jobs. */
static bool flush_counts(struct store *s, struct err *e) {
    int64_t one;
    bool capped = false;
    return (s->delta_count == 0 || db_int(s, Q_batch_any_capped, NO_BINDS, &one, &capped, e)) &&
           db_flush_counts(s, capped, e);
}

static bool run_turn(struct store *s, struct store_turn *turn, struct err *e) {
    bool known = false;
    if (!is_known(s, turn->worker_id, &known, e))
        return false;
    for (size_t i = 0; i < turn->settle_count; i++)
        if (!settle_one(s, &turn->settles[i], e))
            return false;
    for (size_t i = 0; i < turn->want_count; i++) {
        struct claiming c = {.s = s,
                             .want = &turn->wants[i],
                             .known = known,
                             .worker_id = turn->worker_id,
                             .now_boot_ms = clock_boot_ms(),
                             .next_boot_ms = INT64_MAX};
        if (!flush_counts(s, e) || !bill_flush(s, e) || !serve_account(&c, &turn->next_boot_ms, e))
            return false;
    }
    return true;
}

static void forget_claims(struct store_turn *turn, const int64_t *lease_until_before) {
    for (size_t i = 0; i < turn->want_count; i++) {
        struct store_want *w = &turn->wants[i];
        w->lease_until_boot_ms = lease_until_before[i];
        for (size_t k = 0; k < w->claim_count; k++)
            claim_free(&w->claims[k]);
        w->claim_count = w->slot_count = 0;
    }
}

bool store_turn(struct store *s, struct store_turn *turn, struct err *e) {
    int64_t lease_until_before[STORE_TURN_WANTS_MAX];
    PRE(turn->want_count <= STORE_TURN_WANTS_MAX);
    turn->next_boot_ms = INT64_MAX;
    for (size_t i = 0; i < turn->want_count; i++) {
        turn->wants[i].claim_count = turn->wants[i].slot_count = 0;
        lease_until_before[i] = turn->wants[i].lease_until_boot_ms;
    }
    if (!db_begin(s, e))
        return false;
    bool ok = db_end(s, run_turn(s, turn, e), e);
    if (!ok)
        forget_claims(turn, lease_until_before);
    return ok;
}
