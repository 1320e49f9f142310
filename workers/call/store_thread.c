/*
 * store_thread.c: see store_thread.h.
 *
 *             give                      done, event to the loop
 *   idle ───────────────▶ working ───────────────────────────────▶ idle
 *    │ ▲                   │    ▲
 *    └─┘ look (10–50 ms)   └────┘ locked; no space (each second); unknown outcome (reopened)
 *
 * One mutex guards `shared`; the desk, and with it the store, is touched by the thread only.
 */
#include "store_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store_desk.h"

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
    struct store_thread_handlers handlers;

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

    struct store_desk desk; /* the thread's own */
};

static void tell(struct store_thread *t, unsigned event) {
    pthread_mutex_lock(&t->mutex);
    t->shared.events |= event;
    pthread_mutex_unlock(&t->mutex);
    (void)uv_async_send(&t->async);
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

/* ---- one request ----------------------------------------------------------------------------- */

static void work(struct store_thread *t, struct store_thread_request *r) {
    enum store_desk_news news;
    int64_t again_ms = 0;
    store_desk_begin(&t->desk, r);
    while ((news = store_desk_try(&t->desk, r, &again_ms)) != STORE_DESK_DONE) {
        if (news == STORE_DESK_NO_SPACE)
            tell(t, EVENT_NO_SPACE);
        if (!may_try_again(t, again_ms))
            break;
    }
    if (t->desk.space_missing && r->ok)
        tell(t, EVENT_SPACE);
    store_desk_end(&t->desk, r);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool start(struct store_thread *t, struct err *e) {
    bool ok = store_desk_open(&t->desk, e);
    pthread_mutex_lock(&t->mutex);
    t->shared.started = ok;
    pthread_mutex_unlock(&t->mutex);
    return ok;
}

/* The next request, or NULL when the thread is to end. */
static struct store_thread_request *next_request(struct store_thread *t) {
    struct store_thread_request *r = NULL;
    pthread_mutex_lock(&t->mutex);
    while (!(r = t->shared.request) && !t->shared.ending) {
        int64_t ms = store_desk_look_in_ms(&t->desk);
        if (ms > 0)
            wait_ms(t, ms);
        if (t->shared.request || t->shared.ending)
            continue;
        pthread_mutex_unlock(&t->mutex);
        if (store_desk_has_changed(&t->desk))
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
    store_desk_close(&t->desk);
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

bool store_thread_start(struct store_thread **out, uv_loop_t *loop,
                        const struct store_thread_place *place, const struct store_worker_row *row,
                        const struct store_thread_handlers *handlers, struct err *e) {
    struct store_thread *t = ensure_alloc(sizeof *t);
    *t = (struct store_thread){.handlers = *handlers};
    store_desk_init(&t->desk, place, row);
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
    int64_t since_ms = atomic_load(&t->desk.inside_since_ms);
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
