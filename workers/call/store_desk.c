/* store_desk.c: see store_desk.h. */
#include "store_desk.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

/* Between looks for commits of others; the slow one when they bring nothing soon. */
#define LOOK_MS 10
#define LOOK_SLOW_MS 50
#define IDLE_AFTER_MS 10000
#define AGAIN_MS 1000 /* between tries when space is missing or the outcome unknown */
#define REOPEN_TRIES 5

static void enter(struct store_desk *d) {
    atomic_store(&d->inside_since_ms, clock_boot_ms());
}

static void leave(struct store_desk *d) {
    atomic_store(&d->inside_since_ms, 0);
}

static bool reopen(struct store_desk *d, struct err *e) {
    enter(d);
    bool ok = store_open(&d->store, d->path, STORE_WRITE, e);
    leave(d);
    return ok;
}

/* ---- one try --------------------------------------------------------------------------------- */

static bool turn_is_empty(const struct store_turn *turn) {
    return turn->settle_count == 0 && turn->want_count == 0;
}

/* Durable before anything says that it is there, and before the write turn is asked for, so that
 * workers sync side by side. Said again, it appends nothing twice. No space is waited for; what
 * else goes wrong with the file concerns only the file: the answers become rows. */
static bool append_answers(struct store_desk *d, struct store_thread_request *r, struct err *e) {
    if (r->record_count == 0)
        return true;
    if (!segment_append(&d->segment, r->records, r->record_count, e)) {
        if (e->code == ERR_SPACE)
            return false;
        log_failure_with(LOG_WARNING, "segment_failed", e, "answers=%zu", r->record_count);
        r->record_count = 0;
        return true;
    }
    for (size_t i = 0; i < r->record_count; i++) {
        r->results[i]->body = NULL;
        r->results[i]->path = r->records[i].path;
        r->results[i]->offset = r->records[i].offset;
    }
    return true;
}

static bool take_turn(struct store_desk *d, struct store_thread_request *r, struct err *e) {
    struct store_turn *turn = &r->turn;
    if (turn_is_empty(turn))
        return true;
    if (turn->settle_count > 0)
        FAULT_POINT("before_settle");
    enter(d);
    if (!append_answers(d, r, e)) {
        leave(d);
        return false;
    }
    bool ok = store_turn(d->store, turn, e);
    leave(d);
    if (ok && turn->settle_count > 0)
        FAULT_POINT("after_settle");
    return ok;
}

static bool set_state(struct store_desk *d, struct store_thread_request *r, struct err *e) {
    if (r->set_draining && !store_worker_state(d->store, d->row.id, "draining", e))
        return false;
    r->set_draining = false;
    return true;
}

static bool look_up(struct store_desk *d, struct store_thread_request *r, struct err *e) {
    for (size_t i = 0; i < r->account_count; i++) {
        struct store_thread_account *a = &r->accounts[i];
        if (a->id == 0 && !store_account_id(d->store, a->name, &a->id, e) &&
            e->code != ERR_NOT_FOUND)
            return false;
    }
    return true;
}

static bool try_request(struct store_desk *d, struct store_thread_request *r, struct err *e) {
    if (!d->store && !reopen(d, e))
        return false;
    return set_state(d, r, e) && look_up(d, r, e) && take_turn(d, r, e) &&
           (!r->remove_worker || store_worker_remove(d->store, d->row.id, e));
}

/* ---- what a failure asks for ----------------------------------------------------------------- */

static void claim_nothing(struct store_turn *turn, bool drain) {
    for (size_t i = 0; i < turn->want_count; i++) {
        turn->wants[i].claims_max = 0;
        turn->wants[i].drain = turn->wants[i].drain || drain;
    }
}

static enum store_desk_news again(int64_t ms, int64_t *again_ms) {
    *again_ms = ms;
    return STORE_DESK_AGAIN;
}

/* What is to be settled was paid for, so the reserve is there for it; once a request. */
static bool make_room(struct store_desk *d) {
    bool first = !d->space_missing;
    d->space_missing = true;
    if (first && d->space)
        space_give_up_reserve(d->space);
    return first && d->space;
}

static enum store_desk_news recover(struct store_desk *d, struct store_thread_request *r,
                                    int64_t *again_ms) {
    switch ((int)r->err.code) {
    case ERR_DB_LOCKED:
        return again(LOOK_MS, again_ms);
    case ERR_SPACE:
        claim_nothing(&r->turn, false);
        *again_ms = make_room(d) ? 0 : AGAIN_MS;
        return STORE_DESK_NO_SPACE;
    case ERR_IO: /* outcome unknown: the same settles again, on a new connection */
        r->said_again = true;
        claim_nothing(&r->turn, true);
        store_close(d->store);
        d->store = NULL;
        d->tries++;
        return d->tries < REOPEN_TRIES ? again(d->tries > 1 ? AGAIN_MS : 0, again_ms)
                                       : STORE_DESK_DONE;
    default:
        return STORE_DESK_DONE;
    }
}

/* ---- the request ----------------------------------------------------------------------------- */

void store_desk_begin(struct store_desk *d, struct store_thread_request *r) {
    d->begun_us = clock_boot_us();
    d->tries = 0;
    d->space_missing = false;
    r->turn.worker_id = d->row.id;
    r->turn.next_boot_ms = INT64_MAX;
    if (d->store)
        d->version = store_data_version(d->store); /* before: what changes from now on is seen */
}

enum store_desk_news store_desk_try(struct store_desk *d, struct store_thread_request *r,
                                    int64_t *again_ms) {
    r->ok = try_request(d, r, &r->err);
    if (r->ok)
        return STORE_DESK_DONE;
    log_failure_with(LOG_WARNING, "turn_failed", &r->err, "settles=%zu", r->turn.settle_count);
    return recover(d, r, again_ms);
}

/* Had each of the accounts all the slots it may have? Then each commit of the others is their daily
 * work, and waking for it costs more than the turns. */
static bool is_sated(const struct store_thread_request *r) {
    for (size_t i = 0; i < r->turn.want_count; i++) {
        const struct store_want *w = &r->turn.wants[i];
        if (w->busy + (int64_t)w->slot_count < w->share)
            return false;
    }
    return r->ok && r->asks_all;
}

void store_desk_end(struct store_desk *d, struct store_thread_request *r) {
    r->took_ms = (double)(clock_boot_us() - d->begun_us) / 1000.0;
    /* the turn speaks of its own accounts only: a gate of another one still counts */
    if (r->turn.next_boot_ms < d->look_boot_ms)
        d->look_boot_ms = r->turn.next_boot_ms;
    d->worked_boot_ms = clock_boot_ms();
    d->sated = is_sated(r);
}

/* ---- between requests ------------------------------------------------------------------------ */

bool store_desk_has_changed(struct store_desk *d) {
    if (clock_boot_ms() >= d->look_boot_ms) {
        d->look_boot_ms = INT64_MAX;
        return true;
    }
    int64_t version = d->store ? store_data_version(d->store) : d->version;
    bool changed = version != d->version;
    d->version = version;
    return changed;
}

int64_t store_desk_look_in_ms(const struct store_desk *d) {
    int64_t now_boot_ms = clock_boot_ms();
    bool slow = d->sated || now_boot_ms - d->worked_boot_ms > IDLE_AFTER_MS;
    int64_t ms = slow ? LOOK_SLOW_MS : LOOK_MS;
    int64_t gate_ms = d->look_boot_ms - now_boot_ms;
    return gate_ms < ms ? gate_ms : ms;
}

/* ---- life ------------------------------------------------------------------------------------ */

void store_desk_init(struct store_desk *d, const struct store_thread_place *place,
                     const struct store_worker_row *row) {
    *d = (struct store_desk){.path = place->database, .row = *row, .space = place->space};
    segment_init(&d->segment, place->results_fd, row->id);
}

bool store_desk_open(struct store_desk *d, struct err *e) {
    enter(d);
    bool ok =
        store_open(&d->store, d->path, STORE_WRITE, e) && store_worker_add(d->store, &d->row, e);
    leave(d);
    if (ok)
        d->version = store_data_version(d->store);
    d->look_boot_ms = INT64_MAX;
    d->worked_boot_ms = clock_boot_ms();
    return ok;
}

void store_desk_close(struct store_desk *d) {
    segment_close(&d->segment);
    store_close(d->store);
    d->store = NULL;
}
