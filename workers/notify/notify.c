/*
 * notify.c: see notify.h. One loop, one store.
 *
 *   every WATCH_MS: has anybody committed? ──▶ what is due ──▶ a free place ──▶ begin, on record
 *                                                                    ▲              │
 *                     place free again ◀── on record ◀── over ◀── program, call ◀───┘
 *
 * The store's calls block the loop for milliseconds, with a locked database for PATIENCE_MS.
 */
#include "workers/notify/notify.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/log.h"
#include "workers/notify/command.h"
#include "workers/notify/webhook.h"

#define WATCH_MS 100
#define AGAIN_MS 1000 /* between tries with a store that fails */
#define FAILURES_MAX 60
#define PATIENCE_MS 4000 /* below the supervisor's with a silent child */
#define LOCK_NAME "notify.lock"

struct notify {
    struct config *config, *given; /* in force; the first, which is the caller's */
    struct config *next;           /* reloaded, in force when nothing is under way */
    struct store *store;
    struct link *link;
    struct multi_loop *multi;
    uv_loop_t loop;
    uv_timer_t watch, beat;
    uv_signal_t child;
    int lock_fd, failures, exit_code;
    int64_t seen_version, next_boot_ms, again_boot_ms;
    bool draining, ending;
    struct command commands[NOTIFY_COMMANDS_MAX];
    struct webhook webhooks[NOTIFY_WEBHOOKS_MAX];
};

/* ---- ending --------------------------------------------------------------------------------- */

static void give_up_all(struct notify *n) {
    for (int i = 0; i < NOTIFY_COMMANDS_MAX; i++)
        command_kill(&n->commands[i]);
    for (int i = 0; i < NOTIFY_WEBHOOKS_MAX; i++)
        webhook_abort(&n->webhooks[i], n->multi);
}

/* The handles of programs that were given up are left to the process's end. */
static void end(struct notify *n, int exit_code) {
    if (n->ending)
        return;
    n->ending = true;
    n->exit_code = exit_code;
    give_up_all(n);
    uv_stop(&n->loop);
}

/* What time mends is waited for; a store that keeps failing is opened anew by a new process. */
static void fail(struct notify *n, const struct err *e) {
    log_failure(LOG_ERROR, "notify_failed", e);
    n->again_boot_ms = clock_boot_ms() + AGAIN_MS;
    bool waits = e->code == ERR_SPACE || e->code == ERR_DB_LOCKED;
    if (!waits && (e->code == ERR_CORRUPT || e->code == ERR_IO || ++n->failures >= FAILURES_MAX))
        end(n, err_exit_code(e->code));
}

/* ---- what is under way ---------------------------------------------------------------------- */

/* The places are numbered: first those of commands, then those of webhooks. */
#define PLACES (NOTIFY_COMMANDS_MAX + NOTIFY_WEBHOOKS_MAX)

static enum ending_kind kind_of(int place) {
    return place < NOTIFY_COMMANDS_MAX ? ENDING_COMMAND : ENDING_WEBHOOK;
}

static struct errand *errand_at(struct notify *n, int place) {
    return kind_of(place) == ENDING_COMMAND ? &n->commands[place].errand
                                            : &n->webhooks[place - NOTIFY_COMMANDS_MAX].errand;
}

static bool is_free_at(const struct notify *n, int place) {
    return kind_of(place) == ENDING_COMMAND
               ? command_is_free(&n->commands[place])
               : webhook_is_free(&n->webhooks[place - NOTIFY_COMMANDS_MAX]);
}

static void start_at(struct notify *n, int place) {
    if (kind_of(place) == ENDING_COMMAND)
        command_start(&n->commands[place], &n->loop, n->config);
    else
        webhook_start(&n->webhooks[place - NOTIFY_COMMANDS_MAX], n->multi, n->config);
}

static int64_t under_way(const struct notify *n) {
    int64_t count = 0;
    for (int place = 0; place < PLACES; place++)
        count += !is_free_at(n, place);
    return count;
}

/* Puts what is over on record. */
static bool record(struct notify *n, struct err *e) {
    for (int place = 0; place < PLACES; place++) {
        struct errand *errand = errand_at(n, place);
        if (!errand->used || !errand->is_over)
            continue;
        if (!store_ending_over(n->store, &errand->over, e))
            return false;
        errand_release(errand);
    }
    return true;
}

/* ---- what is due ---------------------------------------------------------------------------- */

struct due { /* what is due of one kind, each in a free place */
    struct notify *notify;
    int places[PLACES];
    int room, count; /* free places; taken ones */
};

static void take(const struct store_ending *row, void *arg) {
    struct due *due = arg;
    errand_take(errand_at(due->notify, due->places[due->count++]), row);
}

static void give_back(struct due *due, int from) {
    for (int i = from; i < due->count; i++)
        errand_release(errand_at(due->notify, due->places[i]));
    due->count = from;
}

/* On record before anything happens. */
static bool begin_each(struct due *due, struct err *e) {
    for (int i = 0; i < due->count; i++) {
        const struct errand *errand = errand_at(due->notify, due->places[i]);
        if (!store_ending_begin(due->notify->store, errand->row.id, e)) {
            give_back(due, i);
            return false;
        }
    }
    return true;
}

static bool begin_due(struct notify *n, enum ending_kind kind, struct err *e) {
    struct due due = {.notify = n};
    for (int place = 0; place < PLACES; place++)
        if (kind_of(place) == kind && is_free_at(n, place))
            due.places[due.room++] = place;
    if (due.room == 0)
        return true;
    if (!store_endings_due(n->store, kind, due.room, take, &due, e)) {
        give_back(&due, 0);
        return false;
    }
    bool ok = begin_each(&due, e);
    for (int i = 0; i < due.count; i++)
        start_at(n, due.places[i]);
    return ok;
}

/* A new configuration comes into force between two errands, which hold on to the one they began
 * with. */
static void take_next_config(struct notify *n) {
    if (!n->next || under_way(n) > 0)
        return;
    if (n->config != n->given)
        config_free(n->config);
    n->config = n->next;
    n->next = NULL;
}

static bool work(struct notify *n, struct err *e) {
    if (!record(n, e))
        return false;
    take_next_config(n);
    if (n->next) /* what is under way ends first */
        return true;
    for (int kind = 0; kind < ENDING_KIND_COUNT; kind++)
        if (!begin_due(n, (enum ending_kind)kind, e))
            return false;
    return record(n, e) && store_endings_next(n->store, &n->next_boot_ms, e);
}

static bool has_something_to_record(struct notify *n) {
    bool any = n->next != NULL;
    for (int place = 0; place < PLACES; place++)
        any = any || errand_at(n, place)->is_over;
    return any;
}

static void look(struct notify *n) {
    struct err e;
    int64_t now_boot_ms = clock_boot_ms();
    if (n->ending || now_boot_ms < n->again_boot_ms)
        return;
    int64_t version = store_data_version(n->store);
    bool due = n->next_boot_ms <= now_boot_ms;
    if (version != n->seen_version || due || n->draining || has_something_to_record(n)) {
        n->seen_version = version;
        if (!work(n, &e)) {
            n->seen_version = -1;
            fail(n, &e);
            return;
        }
        n->failures = 0;
    }
    if (n->draining && under_way(n) == 0 && n->next_boot_ms > clock_boot_ms())
        end(n, 0);
}

/* ---- handlers ------------------------------------------------------------------------------- */

static void on_watch(uv_timer_t *timer) {
    look(timer->data);
}

static void on_beat(uv_timer_t *timer) {
    struct notify *n = timer->data;
    link_beat(n->link, 0);
}

static void on_child(uv_signal_t *handle, int signum) {
    (void)signum;
    struct notify *n = handle->data;
    for (int i = 0; i < NOTIFY_COMMANDS_MAX; i++)
        command_on_child(&n->commands[i]);
    look(n);
}

static void on_transfer_end(void *arg, void *webhook, CURL *easy, CURLcode code) {
    webhook_on_end(arg, webhook, easy, code);
    look(arg);
}

static void on_reload(void *arg) {
    struct notify *n = arg;
    struct config *fresh;
    struct err e;
    if (!config_load(&fresh, &e)) {
        log_failure_with(LOG_ERROR, "reload_failed", &e, "kept=old");
        return;
    }
    if (n->next)
        config_free(n->next);
    n->next = fresh;
    look(n);
}

static void on_drain(void *arg) {
    struct notify *n = arg;
    n->draining = true;
    look(n);
}

static void on_stop(void *arg) {
    end(arg, 0);
}

/* ---- life ----------------------------------------------------------------------------------- */

static bool lock(struct notify *n, struct err *e) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", n->config->fleet, LOCK_NAME);
    if (length < 0 || (size_t)length >= sizeof path)
        return err_set(e, ERR_CONFIG, "%.300s: the path is too long", n->config->fleet);
    return file_lock_open(path, &n->lock_fd, e);
}

static bool open_store(struct notify *n, struct err *e) {
    if (!store_open(&n->store, n->config->database, STORE_WRITE, e))
        return false;
    store_set_patience(n->store, PATIENCE_MS);
    return store_endings_take_back(n->store, e);
}

static bool open_all(struct notify *n, struct err *e) {
    static const struct link_handlers handlers = {
        .on_reload = on_reload, .on_drain = on_drain, .on_stop = on_stop};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, ERR_FAILED, "libcurl does not start");
    return lock(n, e) && open_store(n, e) &&
           multi_loop_open(&n->multi, &n->loop, NOTIFY_WEBHOOKS_MAX, on_transfer_end, n, e) &&
           link_open(&n->link, &n->loop, &handlers, n, e);
}

static void start_timer(struct notify *n, uv_timer_t *timer, uv_timer_cb cb, uint64_t every_ms) {
    int rc = uv_timer_init(&n->loop, timer);
    ASSERT(rc == 0);
    timer->data = n;
    rc = uv_timer_start(timer, cb, every_ms, every_ms);
    ASSERT(rc == 0);
}

static void watch_children(struct notify *n) {
    int rc = uv_signal_init(&n->loop, &n->child);
    ASSERT(rc == 0);
    n->child.data = n;
    rc = uv_signal_start(&n->child, on_child, SIGCHLD);
    ASSERT(rc == 0);
}

int notify_run(const struct link_start *start, struct config *config) {
    static struct notify n; /* too large for a stack */
    struct err e;
    n = (struct notify){.config = config, .given = config, .lock_fd = -1, .seen_version = -1};
    (void)umask(0007);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* it holds a secret */
    int rc = uv_loop_init(&n.loop);
    ASSERT(rc == 0);
    if (!open_all(&n, &e))
        return link_start_failed(start, &e);
    watch_children(&n);
    start_timer(&n, &n.watch, on_watch, WATCH_MS);
    start_timer(&n, &n.beat, on_beat, LINK_BEAT_MS);
    link_ready(n.link);
    (void)uv_run(&n.loop, UV_RUN_DEFAULT);
    ASSERT(n.ending);
    store_close(n.store);
    return n.exit_code; /* the process's end closes the rest */
}
