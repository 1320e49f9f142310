/*
 * supervisor.c: see supervisor.h. The phases of a supervisor's life, and what the outside asks of
 * it.
 *
 * Events (a signal, a child's ready or end, a time) change the places or set a wish;
 * supervisor_advance() then takes the step that has become possible.
 */
#include "fleet/supervisor_state.h"

#include <inttypes.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/log.h"
#include "fleet/link.h"
#include "fleet/served.h"

#define TICK_MS 500 /* longest time between two looks at the children */
#define ROOM_AGAIN_MS 1000
#define AWAY_MS 2000 /* a tick this late: we were stopped, not they silent */
#define SELF_EXE "/proc/self/exe"
#define PATH_BYTES_MAX 4096

int64_t supervisor_now_ms(const struct supervisor *s) {
    return (int64_t)uv_now(&s->loop);
}

bool supervisor_is_up(const struct supervisor *s) {
    return s->phase == PHASE_STARTING || s->phase == PHASE_RUNNING;
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
    int64_t due_ms = supervisor_now_ms(s) + TICK_MS;
    if (s->notify.watchdog_ms)
        wait_until(&due_ms, supervisor_now_ms(s) + s->notify.watchdog_ms / 4);
    for (size_t i = 0; supervisor_is_up(s) && i < SLOTS_MAX; i++)
        if (s->slots[i].used && !s->slots[i].child && !s->slots[i].refused)
            wait_until(&due_ms, s->slots[i].start_at_ms);
    int64_t wait_ms = due_ms > supervisor_now_ms(s) ? due_ms - supervisor_now_ms(s) : 0;
    s->tick_due_ms = supervisor_now_ms(s) + wait_ms;
    int rc = uv_timer_start(&s->timer, on_timer, (uint64_t)wait_ms, 0);
    ASSERT(rc == 0);
}

/* --- phases ---------------------------------------------------------------------------------- */

static void begin_drain(struct supervisor *s, const char *why) {
    if (!supervisor_is_up(s))
        return;
    log_event(LOG_INFO, "drain", "why=%s", why);
    notify_send(&s->notify, "STOPPING=1");
    s->phase = PHASE_DRAINING;
    s->calls_before = supervisor_count(s).calls;
    supervisor_end_calls(s);
}

/* Without the keeper nothing is migrated or reaped; without call workers nothing is done. */
static void give_up_if_refused(struct supervisor *s) {
    struct tally t = supervisor_count(s);
    int code = supervisor_keeper(s)->refused;
    if (!code && t.places > 0 && t.refused == t.places)
        for (size_t i = FIRST_CALL_SLOT; i < SLOTS_MAX && !code; i++)
            code = s->slots[i].refused;
    if (!code || !supervisor_is_up(s))
        return;
    const char *who = supervisor_keeper(s)->refused ? "the keeper" : "every call worker";
    if (code == LINK_EXIT_CORRUPT)
        (void)err_set(
            s->e, ERR_CORRUPT,
            "%s found the database damaged; its messages are above: keep a copy of the files, "
            "and `ttsq check --deep` tells what is wrong",
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

void supervisor_advance(struct supervisor *s) {
    struct slot *keeper = supervisor_keeper(s);
    if (s->phase == PHASE_STARTING && keeper->child && child_state(keeper->child) == CHILD_READY)
        s->phase = PHASE_RUNNING;
    if (s->phase == PHASE_RUNNING)
        supervisor_fit(s);
    give_up_if_refused(s);
    if (s->phase == PHASE_DRAINING && supervisor_count(s).alive == 0)
        s->phase = PHASE_CLOSING;
    if (s->phase == PHASE_CLOSING)
        supervisor_end_others(s);
    if (s->phase == PHASE_CLOSING && !keeper->child) {
        s->phase = PHASE_OVER;
        close_handles(s);
    }
    supervisor_tell(s);
    arm(s);
}

static void on_timer(uv_timer_t *timer) {
    struct supervisor *s = timer->data;
    bool was_away = supervisor_now_ms(s) - s->tick_due_ms > AWAY_MS;
    if (was_away)
        log_event(LOG_WARNING, "was_stopped", "for_ms=%" PRId64,
                  supervisor_now_ms(s) - s->tick_due_ms);
    supervisor_look(s, was_away);
    if (supervisor_is_up(s))
        supervisor_start_due(s);
    supervisor_advance(s);
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

static void say_reloading(struct supervisor *s, bool done) {
    if (s->announced && done)
        notify_send(&s->notify, "READY=1");
    else if (s->announced)
        notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
}

static void reload(struct supervisor *s) {
    if (!supervisor_is_up(s))
        return;
    struct supervisor_options next = s->options;
    struct err e;
    say_reloading(s, false);
    if ((!s->options.on_reload || s->options.on_reload(s->options.reload_arg, &next, &e)) &&
        options_take(&s->options, &next, &e)) {
        log_event(LOG_INFO, "reload", "workers=%d", s->options.workers);
        supervisor_reload_children(s);
    } else {
        log_failure_with(LOG_ERROR, "reload_failed", &e, "kept=old");
        struct slot *keeper = supervisor_keeper(s);
        if (keeper->child)
            child_tell_refused(keeper->child);
    }
    say_reloading(s, true);
    supervisor_advance(s);
}

static void end_asked(struct supervisor *s, const char *why) {
    if (supervisor_is_up(s)) {
        begin_drain(s, why);
    } else if (!s->hurry && s->phase != PHASE_OVER) {
        log_event(LOG_WARNING, "stop", "why=%s", why);
        s->hurry = true;
        supervisor_end_calls(s);
    }
    supervisor_advance(s);
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
    if (supervisor_is_up(s))
        end_asked(s, "parent_gone");
}

/* --- setting up ------------------------------------------------------------------------------ */

static bool folder_and_lock(struct supervisor *s, const char *path, struct err *e) {
    return file_mkdir_shared(s->options.folder, e) && file_lock_open(path, &s->lock_fd, e);
}

/* A full disk at start is for waiting, not for giving up: the manager would soon stop trying.
 * Signals still have their default action. */
static bool wait_for_room(struct supervisor *s, const char *path, struct err *e) {
    for (bool told = false; !folder_and_lock(s, path, e); told = true) {
        if (e->code != ERR_SPACE)
            return false;
        if (!told)
            log_failure(LOG_WARNING, "waits_for_room", e);
        supervisor_ask_for_time(s);
        uv_sleep(ROOM_AGAIN_MS);
    }
    e->code = ERR_NONE;
    return true;
}

static bool lock_take(struct supervisor *s, struct err *e) {
    char path[PATH_BYTES_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", s->options.folder, SUPERVISOR_LOCK_NAME);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_CONFIG, "%s: the path is too long", s->options.folder);
    if (wait_for_room(s, path, e)) {
        served_forget(s->options.folder);
        return true;
    }
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
        supervisor_slot_take(s, supervisor_keeper(s), CHILD_KEEPER);
        supervisor_start_due(s);
        supervisor_advance(s);
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
