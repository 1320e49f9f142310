/*
 * store_thread.c: see store_thread.h.
 *
 *             give                      done, event to the loop
 *   idle ───────────────▶ working ───────────────────────────────▶ idle
 *    │ ▲                   │    ▲
 *    └─┘ look (10–50 ms)   └────┘ locked; no space (each second); unknown outcome (reopened)
 *
 * One mutex guards `shared`; the store itself is touched by the thread only.
 */
#include "store_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "base/log.h"

#define LOOK_MS 10      /* between looks for commits of others, … */
#define LOOK_IDLE_MS 50 /* … and after IDLE_AFTER_MS without work */
#define IDLE_AFTER_MS 10000
#define AGAIN_MS 1000 /* between tries when space is missing or the outcome unknown */
#define REOPEN_TRIES 5

enum event {
    EVENT_STARTED = 1,
    EVENT_DONE = 2,
    EVENT_LOOK = 4,
    EVENT_NO_SPACE = 8,
    EVENT_SPACE = 16
};

struct store_thread {
    pthread_t thread;
    uv_async_t async;
    const char *path;
    struct store_worker_row row;
    struct store_thread_handlers handlers;
    atomic_llong inside_since_ms; /* 0 = not inside the store */

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct { /* under the mutex */
        unsigned events;
        struct store_thread_request *request; /* given and not done */
        struct store_thread_request *done;    /* done and not yet told */
        bool ending, give_up;
        bool started;
        struct err start_error;
    } shared;

    /* the thread's own */
    struct store *store;
    struct segment segment;
    int64_t version;      /* data version last seen */
    int64_t look_boot_ms; /* look again then, changed or not */
    int64_t worked_boot_ms;
};

static void tell(struct store_thread *t, unsigned event) {
    pthread_mutex_lock(&t->mutex);
    t->shared.events |= event;
    pthread_mutex_unlock(&t->mutex);
    (void)uv_async_send(&t->async);
}

static void enter(struct store_thread *t) {
    atomic_store(&t->inside_since_ms, clock_boot_ms());
}

static void leave(struct store_thread *t) {
    atomic_store(&t->inside_since_ms, 0);
}

/* Waits on the condition for at most ms; the mutex is held. */
static void wait_ms(struct store_thread *t, int64_t ms) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    int rc = pthread_cond_timedwait(&t->wake, &t->mutex, &until);
    ASSERT(rc == 0 || rc == ETIMEDOUT);
}

/* Waits before another try; false when there is to be none. */
static bool may_try_again(struct store_thread *t, int64_t ms) {
    int64_t until = clock_boot_ms() + ms;
    pthread_mutex_lock(&t->mutex);
    int64_t left;
    while (!t->shared.give_up && (left = until - clock_boot_ms()) > 0)
        wait_ms(t, left);
    bool again = !t->shared.give_up;
    pthread_mutex_unlock(&t->mutex);
    return again;
}

static bool reopen(struct store_thread *t, struct err *e) {
    store_close(t->store);
    t->store = NULL;
    enter(t);
    bool ok = store_open(&t->store, t->path, STORE_WRITE, e);
    leave(t);
    return ok;
}

/* ---- one request ----------------------------------------------------------------------------- */

static bool turn_is_empty(const struct store_turn *turn) {
    return turn->settle_count == 0 && turn->want_count == 0;
}

/* Durable before anything says that it is there, and before the write turn is asked for, so that
 * workers sync side by side. Said again, it appends nothing twice. No space is waited for; what
 * else goes wrong with the file concerns only the file: the answers become rows. */
static bool append_answers(struct store_thread *t, struct store_thread_request *r, struct err *e) {
    if (r->record_count == 0)
        return true;
    if (!segment_append(&t->segment, r->records, r->record_count, e)) {
        if (e->code == ERR_SPACE)
            return false;
        log_event(LOG_WARNING, "segment", "error=\"%s\" answers=%zu", e->msg, r->record_count);
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

static bool take_turn(struct store_thread *t, struct store_thread_request *r, struct err *e) {
    struct store_turn *turn = &r->turn;
    if (turn_is_empty(turn))
        return true;
    if (turn->settle_count > 0)
        FAULT_POINT("before_settle");
    enter(t);
    if (!append_answers(t, r, e)) {
        leave(t);
        return false;
    }
    bool ok = store_turn(t->store, turn, e);
    leave(t);
    if (ok && turn->settle_count > 0)
        FAULT_POINT("after_settle");
    return ok;
}

static bool set_state(struct store_thread *t, struct store_thread_request *r, struct err *e) {
    if (r->set_draining && !store_worker_state(t->store, t->row.id, "draining", e))
        return false;
    r->set_draining = false;
    return true;
}

static bool look_up(struct store_thread *t, struct store_thread_request *r, struct err *e) {
    for (size_t i = 0; i < r->account_count; i++) {
        struct store_thread_account *a = &r->accounts[i];
        if (a->id == 0 && !store_account_id(t->store, a->name, &a->id, e) &&
            e->code != ERR_NOT_FOUND)
            return false;
    }
    return true;
}

static bool try_request(struct store_thread *t, struct store_thread_request *r, struct err *e) {
    if (!t->store && !reopen(t, e))
        return false;
    return set_state(t, r, e) && look_up(t, r, e) && take_turn(t, r, e) &&
           (!r->remove_worker || store_worker_remove(t->store, t->row.id, e));
}

static void claim_nothing(struct store_turn *turn, bool drain) {
    for (size_t i = 0; i < turn->want_count; i++) {
        turn->wants[i].claims_max = 0;
        turn->wants[i].drain = turn->wants[i].drain || drain;
    }
}

/* What a failure asks for; false = the request has failed for good. */
static bool recover(struct store_thread *t, struct store_thread_request *r, int *tries,
                    const struct err *e) {
    switch ((int)e->code) {
    case ERR_DB_LOCKED:
        return may_try_again(t, LOOK_MS);
    case ERR_SPACE:
        tell(t, EVENT_NO_SPACE);
        claim_nothing(&r->turn, false);
        return may_try_again(t, AGAIN_MS);
    case ERR_IO: /* outcome unknown: the same settles again, on a new connection */
        r->said_again = true;
        claim_nothing(&r->turn, true);
        store_close(t->store);
        t->store = NULL;
        return ++*tries < REOPEN_TRIES && may_try_again(t, *tries > 1 ? AGAIN_MS : 0);
    default:
        return false;
    }
}

static void work(struct store_thread *t, struct store_thread_request *r) {
    int64_t begun_us = clock_boot_us();
    int tries = 0;
    bool space_missing = false;
    r->turn.worker_id = t->row.id;
    r->turn.next_boot_ms = INT64_MAX;
    if (t->store)
        t->version = store_data_version(t->store); /* before: what changes from now on is seen */
    for (;;) {
        r->ok = try_request(t, r, &r->err);
        if (r->ok)
            break;
        log_event(LOG_WARNING, "store", "error=\"%s\" settles=%zu", r->err.msg,
                  r->turn.settle_count);
        space_missing = space_missing || r->err.code == ERR_SPACE;
        if (!recover(t, r, &tries, &r->err))
            break;
    }
    if (space_missing && r->ok)
        tell(t, EVENT_SPACE);
    r->took_ms = (double)(clock_boot_us() - begun_us) / 1000.0;
    /* the turn speaks of its own accounts only: a gate of another one still counts */
    if (r->turn.next_boot_ms < t->look_boot_ms)
        t->look_boot_ms = r->turn.next_boot_ms;
    t->worked_boot_ms = clock_boot_ms();
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool start(struct store_thread *t, struct err *e) {
    enter(t);
    bool ok =
        store_open(&t->store, t->path, STORE_WRITE, e) && store_worker_add(t->store, &t->row, e);
    leave(t);
    if (ok)
        t->version = store_data_version(t->store);
    t->look_boot_ms = INT64_MAX;
    t->worked_boot_ms = clock_boot_ms();
    pthread_mutex_lock(&t->mutex);
    t->shared.started = ok;
    pthread_mutex_unlock(&t->mutex);
    return ok;
}

/* True when the loop should look for work. Without the mutex. */
static bool has_changed(struct store_thread *t, int64_t now_boot_ms) {
    if (now_boot_ms >= t->look_boot_ms) {
        t->look_boot_ms = INT64_MAX;
        return true;
    }
    int64_t version = t->store ? store_data_version(t->store) : t->version;
    bool changed = version != t->version;
    t->version = version;
    return changed;
}

static int64_t look_in_ms(const struct store_thread *t, int64_t now_boot_ms) {
    int64_t ms = now_boot_ms - t->worked_boot_ms > IDLE_AFTER_MS ? LOOK_IDLE_MS : LOOK_MS;
    int64_t gate_ms = t->look_boot_ms - now_boot_ms;
    return gate_ms < ms ? gate_ms : ms;
}

/* The next request, or NULL when the thread is to end. */
static struct store_thread_request *next_request(struct store_thread *t) {
    struct store_thread_request *r = NULL;
    pthread_mutex_lock(&t->mutex);
    while (!(r = t->shared.request) && !t->shared.ending) {
        int64_t now_boot_ms = clock_boot_ms();
        int64_t ms = look_in_ms(t, now_boot_ms);
        if (ms > 0)
            wait_ms(t, ms);
        if (t->shared.request || t->shared.ending)
            continue;
        pthread_mutex_unlock(&t->mutex);
        if (has_changed(t, clock_boot_ms()))
            tell(t, EVENT_LOOK);
        pthread_mutex_lock(&t->mutex);
    }
    pthread_mutex_unlock(&t->mutex);
    return r;
}

static void *run(void *arg) {
    struct store_thread *t = arg;
    (void)pthread_setname_np(pthread_self(), "store"); /* for top -H and perf */
    bool ok = start(t, &t->shared.start_error); /* read by the loop after EVENT_STARTED only */
    tell(t, EVENT_STARTED);
    struct store_thread_request *r;
    while (ok && (r = next_request(t))) {
        work(t, r);
        pthread_mutex_lock(&t->mutex);
        t->shared.request = NULL;
        t->shared.done = r;
        pthread_mutex_unlock(&t->mutex);
        tell(t, EVENT_DONE);
    }
    segment_close(&t->segment);
    store_close(t->store);
    t->store = NULL;
    return NULL;
}

/* ---- the loop's side ------------------------------------------------------------------------- */

static void on_async(uv_async_t *async) {
    struct store_thread *t = async->data;
    const struct store_thread_handlers *h = &t->handlers;
    pthread_mutex_lock(&t->mutex);
    unsigned events = t->shared.events;
    struct store_thread_request *done = t->shared.done;
    t->shared.events = 0;
    t->shared.done = NULL;
    pthread_mutex_unlock(&t->mutex);
    if (events & EVENT_STARTED)
        h->on_started(h->arg, t->shared.started, &t->shared.start_error);
    if (events & EVENT_NO_SPACE)
        h->on_space(h->arg, true);
    if (events & EVENT_SPACE)
        h->on_space(h->arg, false);
    if (events & EVENT_LOOK)
        h->on_look(h->arg);
    if (done)
        h->on_done(h->arg, done);
}

static bool thread_create(struct store_thread *t, struct err *e) {
    sigset_t all, old; /* signals are the loop's */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&t->thread, NULL, run, t);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0 || err_set_errno(e, rc, "store thread");
}

static void on_async_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void cond_init(pthread_cond_t *cond) {
    pthread_condattr_t attr;
    int rc = pthread_condattr_init(&attr);
    ASSERT(rc == 0);
    rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    ASSERT(rc == 0);
    rc = pthread_cond_init(cond, &attr);
    ASSERT(rc == 0);
    (void)pthread_condattr_destroy(&attr);
}

bool store_thread_start(struct store_thread **out, uv_loop_t *loop, const char *path,
                        int results_fd, const struct store_worker_row *row,
                        const struct store_thread_handlers *handlers, struct err *e) {
    struct store_thread *t = ensure_alloc(sizeof *t);
    *t = (struct store_thread){.path = path, .row = *row, .handlers = *handlers};
    segment_init(&t->segment, results_fd, row->id);
    int rc = pthread_mutex_init(&t->mutex, NULL);
    ASSERT(rc == 0);
    cond_init(&t->wake);
    rc = uv_async_init(loop, &t->async, on_async);
    ASSERT(rc == 0);
    t->async.data = t;
    if (!thread_create(t, e)) {
        uv_close((uv_handle_t *)&t->async, on_async_closed);
        return false;
    }
    *out = t;
    return true;
}

void store_thread_give(struct store_thread *t, struct store_thread_request *request) {
    pthread_mutex_lock(&t->mutex);
    PRE(!t->shared.request && !t->shared.done && !t->shared.ending);
    t->shared.request = request;
    (void)pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
}

int64_t store_thread_stuck_ms(const struct store_thread *t) {
    int64_t since_ms = atomic_load(&t->inside_since_ms);
    return since_ms ? clock_boot_ms() - since_ms : 0;
}

static void ask(struct store_thread *t, bool *what) {
    pthread_mutex_lock(&t->mutex);
    *what = true;
    (void)pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
}

void store_thread_give_up(struct store_thread *t) {
    ask(t, &t->shared.give_up);
}

void store_thread_join(struct store_thread *t) {
    if (!t)
        return;
    ask(t, &t->shared.ending);
    int rc = pthread_join(t->thread, NULL);
    ASSERT(rc == 0);
    (void)pthread_cond_destroy(&t->wake);
    (void)pthread_mutex_destroy(&t->mutex);
    uv_close((uv_handle_t *)&t->async, on_async_closed);
}
