/*
 * supervisor.c: see supervisor.h. Policy only: which process runs in which place, and when.
 *
 * Events (a signal, a child's ready or end, a time) change the places or set a wish; advance() then
 * takes the one step that has become possible. A place (struct slot) outlives its processes.
 */
#include "fleet/supervisor.h"

#include <inttypes.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/log.h"
#include "fleet/child.h"
#include "fleet/link.h"
#include "fleet/notify.h"
#include "fleet/restart.h"

#define TICK_MS 500           /* longest time between two looks at the children */
#define AWAY_MS 2000          /* a tick this late: we were stopped, not they silent */
#define KEEPER_DRAIN_MS 10000 /* to reap and to checkpoint */
#define EXTEND_MS 30000       /* what a drain that makes progress asks the manager for */
#define SLOTS_MAX (1 + 4 * SUPERVISOR_WORKERS_MAX) /* room for those still draining after reloads  \
                                                    */
#define SELF_EXE "/proc/self/exe"
#define PATH_BYTES_MAX 4096
#define STATUS_BYTES_MAX 160

enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_DRAINING, PHASE_CLOSING, PHASE_OVER };

struct slot {
    struct supervisor *owner;
    struct child *child; /* NULL: none now, the next one at start_at_ms */
    enum child_kind kind;
    bool used;
    bool leaving; /* surplus: its end is the slot's end */
    int refused;  /* exit code with which it said that a restart is no use, else 0 */
    int64_t start_at_ms;
    int64_t restarts;
    struct restart restart;
};

enum signal_handle { ON_TERM, ON_INT, ON_HUP, SIGNALS };

struct supervisor {
    struct supervisor_options options;
    struct notify notify;
    struct err *e;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t signals[SIGNALS];
    uv_pipe_t parent;
    int lock_fd;
    enum phase phase;
    bool announced; /* READY=1 has been said */
    bool hurry;     /* asked twice: stop instead of drain */
    int exit_code;
    int64_t restarts;
    int64_t tick_due_ms;
    int64_t watchdog_due_ms;
    int64_t calls_before; /* in flight at the last tick of a drain */
    char status[STATUS_BYTES_MAX];
    char parent_bytes[64];
    struct slot slots[SLOTS_MAX]; /* [0] is the keeper's */
};

static void advance(struct supervisor *s);

static struct slot *keeper_of(struct supervisor *s) {
    return &s->slots[0];
}

static int64_t now_ms(const struct supervisor *s) {
    return (int64_t)uv_now(&s->loop);
}

static bool is_up(const struct supervisor *s) {
    return s->phase == PHASE_STARTING || s->phase == PHASE_RUNNING;
}

/* --- counting -------------------------------------------------------------------------------- */

struct tally {
    int places; /* call workers that are to be there */
    int alive;  /* call worker processes, also those that leave */
    int ready;
    int refused;
    int stale; /* processes of any kind that should have given a sign of life */
    int64_t calls;
};

static struct tally count(const struct supervisor *s) {
    struct tally t = {0};
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *slot = &s->slots[i];
        if (!slot->used)
            continue;
        t.stale += slot->child && !child_is_fresh(slot->child);
        if (slot->kind != CHILD_CALL)
            continue;
        t.places += !slot->leaving;
        t.refused += slot->refused != 0;
        if (!slot->child)
            continue;
        t.alive++;
        t.ready += child_state(slot->child) == CHILD_READY;
        t.calls += child_in_flight(slot->child);
    }
    return t;
}

/* --- telling the manager --------------------------------------------------------------------- */

static void describe(const struct supervisor *s, const struct tally *t, char *out, size_t room) {
    const char *state = s->phase == PHASE_STARTING   ? "starting: "
                        : s->phase == PHASE_DRAINING ? "draining: "
                        : s->phase >= PHASE_CLOSING  ? "closing: "
                                                     : "";
    char workers[48];
    if (is_up(s) && t->ready != t->places)
        (void)snprintf(workers, sizeof workers, "%d of %d workers", t->ready, t->places);
    else
        (void)snprintf(workers, sizeof workers, "%d workers", is_up(s) ? t->ready : t->alive);
    (void)snprintf(out, room, "%s%s, %" PRId64 " calls in flight, %" PRId64 " restarts", state,
                   workers, t->calls, s->restarts);
}

static void tell_status(struct supervisor *s, const struct tally *t) {
    char text[STATUS_BYTES_MAX];
    describe(s, t, text, sizeof text);
    if (strcmp(text, s->status) == 0)
        return;
    memcpy(s->status, text, sizeof text);
    notify_send(&s->notify, "STATUS=%s", text);
}

/* Half the manager's limit, so that one late turn does no harm; silence while a child is silent. */
static void feed_watchdog(struct supervisor *s, const struct tally *t) {
    if (s->notify.watchdog_ms == 0 || t->stale || now_ms(s) < s->watchdog_due_ms)
        return;
    notify_send(&s->notify, "WATCHDOG=1");
    s->watchdog_due_ms = now_ms(s) + s->notify.watchdog_ms / 2;
}

static void ask_for_time(struct supervisor *s, const struct tally *t) {
    if (is_up(s) || t->calls >= s->calls_before)
        return;
    notify_send(&s->notify, "EXTEND_TIMEOUT_USEC=%d", EXTEND_MS * 1000);
    s->calls_before = t->calls;
}

static void announce(struct supervisor *s, const struct tally *t) {
    if (s->announced || s->phase != PHASE_RUNNING || t->ready == 0)
        return;
    s->announced = true;
    log_event(LOG_INFO, "ready", "workers=%d of=%d", t->ready, t->places);
    notify_send(&s->notify, "READY=1");
}

static void tell_manager(struct supervisor *s) {
    struct tally t = count(s);
    announce(s, &t);
    tell_status(s, &t);
    feed_watchdog(s, &t);
    ask_for_time(s, &t);
}

/* --- time ------------------------------------------------------------------------------------ */

static void on_timer(uv_timer_t *timer);

static void wait_until(int64_t *due_ms, int64_t other_ms) {
    if (other_ms < *due_ms)
        *due_ms = other_ms;
}

/* Sets the timer to what comes first: a tick, a restart, the watchdog. */
static void arm(struct supervisor *s) {
    if (s->phase == PHASE_OVER)
        return;
    int64_t due_ms = now_ms(s) + TICK_MS;
    if (s->notify.watchdog_ms)
        wait_until(&due_ms, now_ms(s) + s->notify.watchdog_ms / 4);
    for (size_t i = 0; is_up(s) && i < SLOTS_MAX; i++)
        if (s->slots[i].used && !s->slots[i].child && !s->slots[i].refused)
            wait_until(&due_ms, s->slots[i].start_at_ms);
    int64_t wait_ms = due_ms > now_ms(s) ? due_ms - now_ms(s) : 0;
    s->tick_due_ms = now_ms(s) + wait_ms;
    int rc = uv_timer_start(&s->timer, on_timer, (uint64_t)wait_ms, 0);
    ASSERT(rc == 0);
}

/* --- one place ------------------------------------------------------------------------------- */

static void slot_take(struct supervisor *s, struct slot *slot, enum child_kind kind) {
    *slot = (struct slot){.owner = s, .kind = kind, .used = true, .start_at_ms = now_ms(s)};
}

static void tell_keeper_of(struct supervisor *s, const struct child *c) {
    struct slot *keeper = keeper_of(s);
    if (keeper->child)
        child_tell_dead(keeper->child, child_id(c));
}

static bool is_final(int64_t exit_code) {
    return exit_code == LINK_EXIT_CONFIG || exit_code == LINK_EXIT_CORRUPT;
}

static void log_end(const struct slot *slot, const struct child_end *end, const char *verdict) {
    bool quiet = end->asked && end->signal == 0 && end->exit_code == 0;
    char id[LINK_ID_BYTES];
    log_event(quiet ? LOG_INFO : LOG_WARNING, "child_died",
              "kind=%s id=%s %s=%" PRId64 " lived_ms=%" PRId64 " %s", child_kind_name(slot->kind),
              link_id_write(child_id(slot->child), id), end->signal ? "signal" : "exit",
              end->signal ? end->signal : end->exit_code, end->lived_ms, verdict);
}

static enum restart_cause cause_of(const struct child_end *end) {
    bool from_outside = end->signal == SIGKILL && !end->hung;
    bool in_good_order = end->signal == 0 && end->exit_code == 0;
    return end->was_ready && (from_outside || in_good_order) ? RESTART_KILLED : RESTART_CRASHED;
}

static void plan_restart(struct slot *slot, enum restart_cause cause, int64_t healthy_ms) {
    struct supervisor *s = slot->owner;
    slot->start_at_ms = now_ms(s) + restart_wait_ms(&slot->restart, cause, healthy_ms);
    slot->restarts++;
    s->restarts++;
}

static void on_child_ready(void *arg) {
    struct slot *slot = arg;
    slot->refused = 0;
    advance(slot->owner);
}

static void on_child_end(void *arg, const struct child_end *end) {
    struct slot *slot = arg;
    struct supervisor *s = slot->owner;
    char verdict[48] = "restart=no";
    bool stays = is_up(s) && !slot->leaving;
    if (stays && end->signal == 0 && is_final(end->exit_code)) {
        slot->refused = (int)end->exit_code;
    } else if (stays) {
        plan_restart(slot, cause_of(end), end->healthy_ms);
        (void)snprintf(verdict, sizeof verdict, "restart_in_ms=%" PRId64,
                       slot->start_at_ms - now_ms(s));
    }
    log_end(slot, end, verdict);
    if (slot->kind == CHILD_CALL)
        tell_keeper_of(s, slot->child);
    slot->child = NULL;
    slot->used = stays;
    advance(s);
}

static void slot_start(struct slot *slot) {
    struct supervisor *s = slot->owner;
    struct child_spec spec = {
        .exe = s->options.exe,
        .kind = slot->kind,
        .restarts = slot->restarts,
        .start_ms = s->options.start_ms,
        .hang_ms = s->options.hang_ms,
        .handlers = {.on_ready = on_child_ready, .on_end = on_child_end},
        .arg = slot,
    };
    struct err e;
    if (child_start(&slot->child, &s->loop, &spec, &e))
        return;
    plan_restart(slot, RESTART_CRASHED, 0);
    char why[ERR_MSG_MAX];
    log_event(LOG_ERROR, "child_not_started", "kind=%s why=%s restart_in_ms=%" PRId64,
              child_kind_name(slot->kind), log_quote(e.msg, why, sizeof why),
              slot->start_at_ms - now_ms(s));
}

/* --- all places ------------------------------------------------------------------------------ */

static void start_due(struct supervisor *s) {
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->used && !slot->child && !slot->refused && slot->start_at_ms <= now_ms(s))
            slot_start(slot);
    }
}

static void slot_leave(struct slot *slot) {
    slot->leaving = true;
    if (slot->child)
        child_drain(slot->child, slot->owner->options.drain_ms);
    else
        slot->used = false;
}

/* Makes the number of places what the options say: new ones at the first gap, surplus from the end.
 */
static void fit(struct supervisor *s) {
    int missing = s->options.workers - count(s).places;
    for (size_t i = 1; i < SLOTS_MAX && missing > 0; i++)
        if (!s->slots[i].used) {
            slot_take(s, &s->slots[i], CHILD_CALL);
            missing--;
        }
    for (size_t i = SLOTS_MAX - 1; i >= 1 && missing < 0; i--)
        if (s->slots[i].used && !s->slots[i].leaving) {
            slot_leave(&s->slots[i]);
            missing++;
        }
}

/* The call workers, or the keeper once they are gone, are told to end: now or in good order. */
static void end_children(struct supervisor *s, bool keeper_too) {
    for (size_t i = keeper_too ? 0 : 1; i < SLOTS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->child && s->hurry)
            child_stop(slot->child);
        else if (slot->child)
            child_drain(slot->child, i == 0 ? KEEPER_DRAIN_MS : s->options.drain_ms);
        else
            slot->used = false;
    }
}

static void begin_drain(struct supervisor *s, const char *why) {
    if (!is_up(s))
        return;
    log_event(LOG_INFO, "drain", "why=%s", why);
    notify_send(&s->notify, "STOPPING=1");
    s->phase = PHASE_DRAINING;
    s->calls_before = count(s).calls;
    end_children(s, false);
}

/* Without the keeper nothing is migrated or reaped; without call workers nothing is done. */
static void give_up_if_refused(struct supervisor *s) {
    struct tally t = count(s);
    int code = keeper_of(s)->refused;
    if (!code && t.places > 0 && t.refused == t.places)
        for (size_t i = 1; i < SLOTS_MAX && !code; i++)
            code = s->slots[i].refused;
    if (!code || !is_up(s))
        return;
    const char *who = keeper_of(s)->refused ? "the keeper" : "every call worker";
    if (code == LINK_EXIT_CORRUPT)
        (void)err_set(s->e, ERR_CORRUPT, "%s found the database damaged; its messages are above",
                      who);
    else
        (void)err_set(s->e, ERR_CONFIG,
                      "%s refused the configuration; its message is above, and `ttsq check` tells "
                      "more",
                      who);
    s->exit_code = code;
    begin_drain(s, "refused");
}

static void close_handles(struct supervisor *s) {
    uv_close((uv_handle_t *)&s->timer, NULL);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
    uv_close((uv_handle_t *)&s->parent, NULL);
}

/* Takes every step that the last event has made possible. */
static void advance(struct supervisor *s) {
    struct slot *keeper = keeper_of(s);
    if (s->phase == PHASE_STARTING && keeper->child && child_state(keeper->child) == CHILD_READY)
        s->phase = PHASE_RUNNING;
    if (s->phase == PHASE_RUNNING)
        fit(s);
    give_up_if_refused(s);
    if (s->phase == PHASE_DRAINING && count(s).alive == 0) {
        s->phase = PHASE_CLOSING;
        end_children(s, true);
    }
    if (s->phase == PHASE_CLOSING && !keeper->child) {
        s->phase = PHASE_OVER;
        close_handles(s);
    }
    tell_manager(s);
    arm(s);
}

static void on_timer(uv_timer_t *timer) {
    struct supervisor *s = timer->data;
    bool was_away = now_ms(s) - s->tick_due_ms > AWAY_MS;
    if (was_away)
        log_event(LOG_WARNING, "was_stopped", "for_ms=%" PRId64, now_ms(s) - s->tick_due_ms);
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct child *c = s->slots[i].child;
        if (c && was_away)
            child_excuse(c);
        if (c)
            child_tick(c);
    }
    if (is_up(s))
        start_due(s);
    advance(s);
}

/* --- what the outside asks ------------------------------------------------------------------- */

static bool options_take(struct supervisor_options *to, const struct supervisor_options *from,
                         struct err *e) {
    if (from->workers < 1 || from->workers > SUPERVISOR_WORKERS_MAX)
        return err_set(e, ERR_CONFIG, "workers = %d: must be 1 to %d", from->workers,
                       SUPERVISOR_WORKERS_MAX);
    if (from->drain_ms < 1 || from->start_ms < 0 || from->hang_ms < 0)
        return err_set(e, ERR_CONFIG, "the supervisor's times must be positive");
    *to = *from;
    to->exe = from->exe ? from->exe : SELF_EXE;
    to->start_ms = from->start_ms ? from->start_ms : SUPERVISOR_START_MS;
    to->hang_ms = from->hang_ms ? from->hang_ms : SUPERVISOR_HANG_MS;
    return true;
}

static void reload_children(struct supervisor *s) {
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->child)
            child_reload(slot->child);
        else if (slot->refused) { /* what it refused may be mended */
            slot->refused = 0;
            slot->start_at_ms = now_ms(s);
        }
    }
}

static void say_reloading(struct supervisor *s, bool done) {
    if (s->announced && done)
        notify_send(&s->notify, "READY=1");
    else if (s->announced)
        notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
}

static void reload(struct supervisor *s) {
    if (!is_up(s))
        return;
    struct supervisor_options next = s->options;
    struct err e;
    say_reloading(s, false);
    if ((!s->options.on_reload || s->options.on_reload(s->options.reload_arg, &next, &e)) &&
        options_take(&s->options, &next, &e)) {
        log_event(LOG_INFO, "reload", "workers=%d", s->options.workers);
        reload_children(s);
    } else {
        char why[ERR_MSG_MAX];
        log_event(LOG_ERROR, "reload_failed", "why=%s kept=old", log_quote(e.msg, why, sizeof why));
    }
    say_reloading(s, true);
    advance(s);
}

static void end_asked(struct supervisor *s, const char *why) {
    if (is_up(s)) {
        begin_drain(s, why);
    } else if (!s->hurry && s->phase != PHASE_OVER) {
        log_event(LOG_WARNING, "stop", "why=%s", why);
        s->hurry = true;
        end_children(s, s->phase == PHASE_CLOSING);
    }
    advance(s);
}

static void on_signal(uv_signal_t *handle, int signum) {
    struct supervisor *s = handle->data;
    if (signum == SIGHUP)
        reload(s);
    else
        end_asked(s, signum == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_parent_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct supervisor *s = handle->data;
    *buf = uv_buf_init(s->parent_bytes, sizeof s->parent_bytes);
}

static void on_parent_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    (void)buf;
    struct supervisor *s = stream->data;
    if (n >= 0)
        return;
    (void)uv_read_stop(stream);
    if (is_up(s))
        end_asked(s, "parent_gone");
}

/* --- setting up ------------------------------------------------------------------------------ */

static bool lock_take(struct supervisor *s, struct err *e) {
    char path[PATH_BYTES_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", s->options.runtime, SUPERVISOR_LOCK_NAME);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_CONFIG, "runtime = %s: the path is too long", s->options.runtime);
    if (file_lock_open(path, &s->lock_fd, e))
        return true;
    return e->code == ERR_LATER ? err_prefix(e, "another supervisor runs this queue") : false;
}

static bool watch_parent(struct supervisor *s, struct err *e) {
    if (s->options.parent_fd < 0)
        return true;
    struct stat st;
    if (s->options.parent_fd <= STDERR_FILENO || fstat(s->options.parent_fd, &st) != 0 ||
        (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode)))
        return err_set(e, ERR_USAGE, "descriptor %d is not the pipe of a parent",
                       s->options.parent_fd);
    int rc = uv_pipe_open(&s->parent, s->options.parent_fd);
    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)&s->parent, on_parent_alloc, on_parent_read);
    return rc == 0 || err_set(e, ERR_IO, "the parent's pipe: %s", uv_strerror(rc));
}

static bool watch_signals(struct supervisor *s, struct err *e) {
    static const int numbers[SIGNALS] = {[ON_TERM] = SIGTERM, [ON_INT] = SIGINT, [ON_HUP] = SIGHUP};
    for (int i = 0; i < SIGNALS; i++) {
        int rc = uv_signal_start(&s->signals[i], on_signal, numbers[i]);
        if (rc != 0)
            return err_set(e, ERR_FAILED, "signal %d: %s", numbers[i], uv_strerror(rc));
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    int rc = sigaction(SIGPIPE, &ignore, NULL);
    ASSERT(rc == 0);
    return true;
}

static void init_handles(struct supervisor *s) {
    int rc = uv_loop_init(&s->loop);
    ASSERT(rc == 0);
    rc = uv_timer_init(&s->loop, &s->timer);
    ASSERT(rc == 0);
    rc = uv_pipe_init(&s->loop, &s->parent, 0);
    ASSERT(rc == 0);
    for (int i = 0; i < SIGNALS; i++) {
        rc = uv_signal_init(&s->loop, &s->signals[i]);
        ASSERT(rc == 0);
        s->signals[i].data = s;
    }
    s->timer.data = s->parent.data = s;
}

/* What we inherited unasked must not reach the children. */
static void keep_descriptors_here(void) {
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        uv_disable_stdio_inheritance(); /* a kernel before 5.11 */
}

static bool open_all(struct supervisor *s, struct err *e) {
    if (s->options.parent_fd >= 0)
        notify_open_mute(&s->notify);
    else if (!notify_open(&s->notify, e))
        return false;
    return lock_take(s, e) && watch_parent(s, e) && watch_signals(s, e);
}

int supervisor_run(const struct supervisor_options *options, struct err *e) {
    struct supervisor *s = ensure_alloc(sizeof *s);
    *s = (struct supervisor){.e = e, .lock_fd = -1, .notify = {.fd = -1}};
    keep_descriptors_here();
    init_handles(s);
    if (options_take(&s->options, options, e) && open_all(s, e)) {
        log_event(LOG_INFO, "start", "pid=%d workers=%d", (int)getpid(), s->options.workers);
        slot_take(s, keeper_of(s), CHILD_KEEPER);
        start_due(s);
        advance(s);
    } else {
        s->exit_code = err_exit_code(e->code);
        close_handles(s);
    }
    int rc = uv_run(&s->loop, UV_RUN_DEFAULT);
    ASSERT(rc == 0);
    rc = uv_loop_close(&s->loop);
    ASSERT(rc == 0);
    notify_close(&s->notify);
    if (s->lock_fd >= 0)
        close(s->lock_fd); /* the file stays: unlinking it could let two of us in */
    int exit_code = s->exit_code;
    free(s);
    return exit_code;
}
