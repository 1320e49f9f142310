/*
 * call_worker.c: see call_worker.h. The life of the process: limits, opening everything in an order
 * that lets each part find what it needs, running, closing in the opposite order.
 */
#include "call_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "base/space.h"
#include "dispatch.h"
#include "fleet/link.h"
#include "loop.h"

#define UMASK 0007
#define DESCRIPTORS_BASE 64
#define DESCRIPTORS_PER_CALL 4
#define STUCK_MS 60000 /* inside one turn for so long: no more beats, the supervisor decides */
#define MARKS_PER_CALL 4
#define POOL_THREADS "4" /* libuv's: publishing of large answers */

struct call_worker {
    const struct link_start *start;
    struct config *config; /* the first one: paths and limits are read once */
    uv_loop_t loop;
    struct link *link;
    uv_timer_t beat, drain_deadline, space_look;
    struct space space;
    const char *space_paths[2];
    struct dispatch dispatch;
    struct loop hook; /* dispatch on the loop */
    bool finished;
    int exit_code;
};

/* ---- what the process is allowed ------------------------------------------------------------- */

static bool raise_descriptors(int64_t calls_max, struct err *e) {
    struct rlimit limit;
    rlim_t need = (rlim_t)(DESCRIPTORS_BASE + DESCRIPTORS_PER_CALL * calls_max);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return err_set_errno(e, errno, "cannot read the limit of open files");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* a sandbox may forbid it: what counts is checked */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= need)
        return true;
    return err_set(e, ERR_CONFIG,
                   "%" PRId64 " calls need %llu open files, but the limit is %llu: lower calls_max "
                   "or raise LimitNOFILE",
                   calls_max, (unsigned long long)need, (unsigned long long)limit.rlim_cur);
}

/* Requests carry keys, so no dump of this process's memory. */
static void close_memory(void) {
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static bool set_limits(const struct config *config, struct err *e) {
    close_memory();
    (void)umask(UMASK);
    (void)setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    int rc = sigaction(SIGPIPE, &ignore, NULL);
    ASSERT(rc == 0);
    return raise_descriptors(config->calls_max, e);
}

/* ---- handlers -------------------------------------------------------------------------------- */

static void on_beat(uv_timer_t *timer) {
    struct call_worker *w = timer->data;
    dispatch_beat(&w->dispatch);
    if (store_thread_stuck_ms(w->dispatch.store) < STUCK_MS)
        link_beat(w->link, dispatch_in_flight(&w->dispatch));
}

/* The keeper tells people; here it only keeps from making calls. */
static void look_at_space(struct call_worker *w) {
    if (space_look(&w->space, clock_boot_ms())) {
        log_event(LOG_DEBUG, "space", "low=%d", w->space.low);
        dispatch_set_space_low(&w->dispatch, w->space.low);
    }
}

static void on_space_look(uv_timer_t *timer) {
    look_at_space(timer->data);
}

/* The reserve has been given up: no new calls before that is over. */
static void on_space(void *arg, bool missing) {
    struct dispatch *d = arg;
    look_at_space(d->arg);
    dispatch_on_space(d, missing);
}

static void on_drain_deadline(uv_timer_t *timer) {
    struct call_worker *w = timer->data;
    log_event(LOG_WARNING, "drain_deadline", "in_flight=%" PRId64,
              dispatch_in_flight(&w->dispatch));
    dispatch_stop(&w->dispatch);
}

static void on_drain(void *arg) {
    struct call_worker *w = arg;
    log_event(LOG_INFO, "drain", "in_flight=%" PRId64, dispatch_in_flight(&w->dispatch));
    dispatch_drain(&w->dispatch);
    (void)uv_timer_start(&w->drain_deadline, on_drain_deadline, (uint64_t)w->config->drain_ms, 0);
}

static void on_stop(void *arg) {
    struct call_worker *w = arg;
    log_event(LOG_WARNING, "stop", "in_flight=%" PRId64, dispatch_in_flight(&w->dispatch));
    dispatch_stop(&w->dispatch);
}

static void on_reload(void *arg) {
    struct call_worker *w = arg;
    struct config *config;
    struct err e;
    if (!config_load(&config, &e)) {
        log_failure_with(LOG_ERROR, "reload_failed", &e, "kept=old");
        return;
    }
    log_event(LOG_INFO, "reload", "profiles=%zu", config->profile_count);
    w->space.min_bytes = config->space_min_bytes;
    dispatch_reload(&w->dispatch, generation_new(config, true));
}

static void on_started(void *arg, bool ok, const struct err *e) {
    struct dispatch *d = arg;
    struct call_worker *w = d->arg;
    if (ok)
        link_ready(w->link);
    dispatch_on_started(d, ok, ok ? 0 : link_start_failed(w->start, e));
}

/* Nothing is left to be done. After a failure the process simply ends: its row, its presence file
 * and what they tell of are the keeper's then. */
static void on_finished(void *arg, int exit_code) {
    struct call_worker *w = arg;
    w->finished = true;
    w->exit_code = exit_code;
    uv_stop(&w->loop);
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool open_results(const struct config *config, int *fd, struct err *e) {
    if (!file_mkdir_shared(config->results, e) || !file_open_dir(config->results, fd, e))
        return false;
    (void)file_part_sweep(*fd);
    return true;
}

static int32_t open_calls_max(const struct config *config) {
    int64_t marks = MARKS_PER_CALL * config->calls_max + DISPATCH_OVER_CALLS_MAX;
    return (int32_t)(marks < PRESENCE_MARKS_MAX ? marks : PRESENCE_MARKS_MAX);
}

static bool open_host(struct call_worker *w, struct err *e) {
    struct call_host *h = &w->dispatch.host;
    int32_t marks = open_calls_max(w->config);
    h->row_bytes_max = w->config->row_bytes_max;
    w->dispatch.segment_bytes_min = w->config->segment_bytes_min;
    w->dispatch.open_max = marks;
    if (!open_results(w->config, &h->results_fd, e) ||
        !presence_open(&h->presence, w->config->fleet, w->start->id, (size_t)marks, e) ||
        !gate_open(&h->gate, w->config->fleet, e) ||
        !multi_loop_open(&h->multi, &w->loop, (long)w->config->calls_max + DISPATCH_OVER_CALLS_MAX,
                         call_on_end, NULL, e))
        return false;
    wire_pool_init(&h->wires, h->multi, &call_callbacks);
    return true;
}

static void open_timers(struct call_worker *w) {
    int rc = uv_timer_init(&w->loop, &w->beat);
    ASSERT(rc == 0);
    rc = uv_timer_init(&w->loop, &w->drain_deadline);
    ASSERT(rc == 0);
    rc = uv_timer_init(&w->loop, &w->space_look);
    ASSERT(rc == 0);
    w->beat.data = w->drain_deadline.data = w->space_look.data = w;
    rc = uv_timer_start(&w->space_look, on_space_look, SPACE_LOOK_MS, SPACE_LOOK_MS);
    ASSERT(rc == 0);
    rc = uv_timer_start(&w->beat, on_beat, LINK_BEAT_MS, LINK_BEAT_MS);
    ASSERT(rc == 0);
}

static bool open_all(struct call_worker *w, struct err *e) {
    static const struct link_handlers link_handlers = {
        .on_reload = on_reload, .on_drain = on_drain, .on_stop = on_stop};
    struct store_worker_row row = {
        .id = w->start->id, .kind = "call", .pid = (int)getpid(), .restarts = w->start->restarts};
    struct store_thread_handlers store_handlers = {.on_started = on_started,
                                                   .on_done = dispatch_on_done,
                                                   .on_look = dispatch_on_look,
                                                   .on_space = on_space,
                                                   .arg = &w->dispatch};
    if (!set_limits(w->config, e) || !open_host(w, e) ||
        !link_open(&w->link, &w->loop, &link_handlers, w, e))
        return false;
    w->dispatch.host.loop = &w->loop;
    dispatch_open(&w->dispatch, generation_new(w->config, false), (int32_t)w->config->calls_max,
                  on_finished, w);
    loop_open(&w->hook, &w->dispatch);
    open_timers(w);
    w->space_paths[0] = w->config->fleet; /* the database's file system, and surely there */
    w->space_paths[1] = w->config->results;
    w->space = (struct space){.paths = w->space_paths,
                              .path_count = 2,
                              .min_bytes = w->config->space_min_bytes,
                              .needs_reserve = true};
    w->dispatch.host.space = &w->space;
    look_at_space(w);
    const struct store_thread_place place = {.database = w->config->database,
                                             .results_fd = w->dispatch.host.results_fd,
                                             .space = &w->space};
    return store_thread_start(&w->dispatch.store, &w->loop, &place, &row, &store_handlers, e);
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Everything is settled: nothing of this worker is left for the keeper. */
static void close_all(struct call_worker *w) {
    struct call_host *h = &w->dispatch.host;
    store_thread_join(w->dispatch.store);
    uv_close((uv_handle_t *)&w->beat, NULL);
    uv_close((uv_handle_t *)&w->drain_deadline, NULL);
    uv_close((uv_handle_t *)&w->space_look, NULL);
    link_close(w->link);
    wire_pool_release(&h->wires);
    multi_loop_close(h->multi);
    loop_close(&w->hook);
    dispatch_close(&w->dispatch);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&w->loop);
    ASSERT(rc == 0);
    presence_close(h->presence);
    gate_close(h->gate);
    close(h->results_fd);
    curl_global_cleanup();
}

int call_worker_run(const struct link_start *start, struct config *config) {
    static struct call_worker w; /* too large for a stack */
    struct err e;
    log_open("call", (enum log_level)config->log_level);
    w = (struct call_worker){.start = start, .config = config};
    int rc = uv_loop_init(&w.loop);
    ASSERT(rc == 0);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        log_event(LOG_ERROR, "start_failed", "why=\"libcurl does not start\"");
        return err_exit_code(ERR_FAILED);
    }
    if (!open_all(&w, &e)) {
        return link_start_failed(start, &e);
    }
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    ASSERT(w.finished);
    bool clean = !w.dispatch.leave_open;
    if (clean)
        close_all(&w);
    log_event(LOG_INFO, "end", "exit=%d", w.exit_code);
    return w.exit_code;
}
