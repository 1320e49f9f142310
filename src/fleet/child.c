/* child.c: see child.h. */
#include "fleet/child.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/log.h"
#include "base/random.h"
#include "fleet/link.h"

#define READ_BYTES 512
#define HANDLES 3
#define NUMBER_BYTES 24
#define FDS 3

struct child {
    uv_process_t process;
    uv_pipe_t control;
    uv_pipe_t report;
    uv_loop_t *loop;
    struct child_spec spec; /* exe is not valid any more */
    int64_t id;
    enum child_state state;
    bool was_ready;
    bool hung;
    int64_t started_ms; /* these five are times of the loop's clock */
    int64_t ready_ms;
    int64_t sign_ms;    /* last sign of life */
    int64_t give_up_ms; /* draining: when to stop it */
    int64_t kill_ms;    /* stopping: when to kill it */
    int64_t in_flight;
    int open_handles;
    struct link_reader reader;
    char bytes[READ_BYTES];
};

#define BIT(state) (1U << (state))

static const struct {
    const char *name;
    unsigned next; /* BIT()s of the states that may follow */
} STATES[] = {
    [CHILD_STARTING] = {"starting", BIT(CHILD_READY) | BIT(CHILD_DRAINING) | BIT(CHILD_STOPPING) |
                                        BIT(CHILD_ENDED)},
    [CHILD_READY] = {"ready", BIT(CHILD_DRAINING) | BIT(CHILD_STOPPING) | BIT(CHILD_ENDED)},
    [CHILD_DRAINING] = {"draining", BIT(CHILD_STOPPING) | BIT(CHILD_ENDED)},
    [CHILD_STOPPING] = {"stopping", BIT(CHILD_ENDED)},
    [CHILD_ENDED] = {"ended", 0},
};

static void set_state(struct child *c, enum child_state next) {
    ASSERT(STATES[c->state].next & BIT(next));
    c->state = next;
}

static int64_t now_ms(const struct child *c) {
    return (int64_t)uv_now(c->loop);
}

static int pid_of(const struct child *c) {
    return uv_process_get_pid(&c->process);
}

const char *child_kind_name(enum child_kind kind) {
    static const char *const names[] = {
        [CHILD_KEEPER] = "keeper", [CHILD_NOTIFY] = "notify", [CHILD_CALL] = "call"};
    return names[kind];
}

/* --- what it reports ------------------------------------------------------------------------- */

static void take_ready(struct child *c) {
    if (c->was_ready)
        return;
    c->was_ready = true;
    c->ready_ms = c->sign_ms = now_ms(c);
    char id[LINK_ID_BYTES];
    log_event(LOG_INFO, "child_ready", "kind=%s id=%s pid=%d after_ms=%" PRId64,
              child_kind_name(c->spec.kind), link_id_write(c->id, id), pid_of(c),
              c->ready_ms - c->started_ms);
    if (c->state != CHILD_STARTING)
        return;
    set_state(c, CHILD_READY);
    c->spec.handlers.on_ready(c->spec.arg);
}

static void take_beat(struct child *c, const char *number) {
    char *end;
    long long in_flight = strtoll(number, &end, 10);
    if (end == number || *end != '\0' || in_flight < 0)
        return;
    c->in_flight = in_flight;
    c->sign_ms = now_ms(c);
}

static void on_line(void *arg, const char *line) {
    static const char beat[] = "beat ";
    struct child *c = arg;
    char quoted[2 * LINK_LINE_MAX];
    if (c->state == CHILD_ENDED)
        return;
    if (strcmp(line, "ready") == 0)
        take_ready(c);
    else if (strncmp(line, beat, sizeof beat - 1) == 0)
        take_beat(c, line + sizeof beat - 1);
    else
        log_event(LOG_DEBUG, "child_line_unknown", "pid=%d line=%s", pid_of(c),
                  log_quote(line, quoted, sizeof quoted));
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct child *c = handle->data;
    *buf = uv_buf_init(c->bytes, sizeof c->bytes);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct child *c = stream->data;
    if (n > 0)
        link_reader_feed(&c->reader, buf->base, (size_t)n, on_line, c);
    else if (n < 0) /* its end is on_process_exit's matter; a living one will seem hung */
        (void)uv_read_stop(stream);
}

/* --- its end --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle) {
    struct child *c = handle->data;
    if (--c->open_handles == 0)
        free(c);
}

static void close_all(struct child *c) {
    uv_close((uv_handle_t *)&c->process, on_closed);
    uv_close((uv_handle_t *)&c->control, on_closed);
    uv_close((uv_handle_t *)&c->report, on_closed);
}

static void on_process_exit(uv_process_t *process, int64_t exit_code, int signum) {
    struct child *c = process->data;
    struct child_end end = {
        .exit_code = exit_code,
        .signal = signum,
        .asked = c->state == CHILD_DRAINING || c->state == CHILD_STOPPING,
        .hung = c->hung,
        .was_ready = c->was_ready,
        .lived_ms = now_ms(c) - c->started_ms,
        .healthy_ms = c->was_ready ? now_ms(c) - c->ready_ms : 0,
    };
    set_state(c, CHILD_ENDED);
    c->spec.handlers.on_end(c->spec.arg, &end);
    close_all(c);
}

/* --- its start ------------------------------------------------------------------------------- */

static int spawn(struct child *c) {
    char id[LINK_ID_BYTES];
    char restarts[NUMBER_BYTES];
    (void)snprintf(restarts, sizeof restarts, "%" PRId64, c->spec.restarts);
    char name[] = "ttsq", worker[] = "worker", id_flag[] = "--id", restarts_flag[] = "--restarts";
    char kind[NUMBER_BYTES];
    (void)snprintf(kind, sizeof kind, "%s", child_kind_name(c->spec.kind));
    (void)link_id_write(c->id, id);
    char waiting[] = "--waiting";
    char *args[] = {name, worker,        kind,     id_flag,
                    id,   restarts_flag, restarts, c->spec.waiting ? waiting : NULL,
                    NULL};
    uv_stdio_container_t fds[FDS] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&c->control},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->report},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    uv_process_options_t options = {
        .exit_cb = on_process_exit,
        .file = c->spec.exe,
        .args = args,
        .stdio_count = FDS,
        .stdio = fds,
    };
    return uv_spawn(c->loop, &c->process, &options);
}

bool child_start(struct child **out, uv_loop_t *loop, const struct child_spec *spec,
                 struct err *e) {
    PRE(spec->start_ms > 0 && spec->hang_ms > 0 && spec->handlers.on_ready &&
        spec->handlers.on_end);
    struct child *c = ensure_alloc(sizeof *c);
    *c = (struct child){.loop = loop, .spec = *spec, .id = random_id(), .open_handles = HANDLES};
    uv_update_time(loop);
    c->started_ms = c->sign_ms = now_ms(c);
    int rc = uv_pipe_init(loop, &c->control, 0);
    ASSERT(rc == 0);
    rc = uv_pipe_init(loop, &c->report, 0);
    ASSERT(rc == 0);
    c->process.data = c->control.data = c->report.data = c;
    rc = spawn(c);
    c->spec.exe = NULL;
    if (rc != 0) {
        char quoted[ERR_MSG_MAX / 2];
        (void)err_set(e, rc == UV_ENOMEM ? ERR_MEMORY : ERR_FAILED, "starting %s: %s",
                      log_quote(spec->exe, quoted, sizeof quoted), uv_strerror(rc));
        e->origin = "uv";
        e->detail = rc;
        close_all(c);
        return false;
    }
    rc = uv_read_start((uv_stream_t *)&c->report, on_alloc, on_read);
    ASSERT(rc == 0);
    char id[LINK_ID_BYTES];
    log_event(spec->waiting ? LOG_DEBUG : LOG_INFO, "child_started",
              "kind=%s id=%s pid=%d restarts=%" PRId64, child_kind_name(spec->kind),
              link_id_write(c->id, id), pid_of(c), spec->restarts);
    *out = c;
    return true;
}

/* --- what it is told ------------------------------------------------------------------------- */

/* A line is far smaller than the pipe: it fits whole, or the child has not read for very long and
 * is about to be found hung. */
static void tell(struct child *c, const char *word, const char *value) {
    char line[LINK_LINE_MAX + 2];
    int n = snprintf(line, sizeof line, "%s%s\n", word, value);
    ASSERT(n > 0 && (size_t)n < sizeof line);
    uv_buf_t buf = uv_buf_init(line, (unsigned)n);
    int rc = uv_try_write((uv_stream_t *)&c->control, &buf, 1);
    if (rc != n)
        log_event(LOG_WARNING, "child_deaf", "pid=%d line=%.*s", pid_of(c), n - 1, line);
}

void child_reload(struct child *c) {
    if (c->state == CHILD_STARTING || c->state == CHILD_READY)
        tell(c, "reload", "");
}

void child_tell_refused(struct child *c) {
    if (c->state != CHILD_ENDED)
        tell(c, "refused", "");
}

void child_tell_dead(struct child *c, int64_t id) {
    char text[LINK_ID_BYTES];
    if (c->state != CHILD_ENDED)
        tell(c, "dead ", link_id_write(id, text));
}

void child_drain(struct child *c, int64_t drain_ms) {
    if (c->state != CHILD_STARTING && c->state != CHILD_READY)
        return;
    set_state(c, CHILD_DRAINING);
    c->give_up_ms = now_ms(c) + drain_ms;
    tell(c, "drain", "");
}

void child_stop(struct child *c) {
    if (c->state == CHILD_STOPPING || c->state == CHILD_ENDED)
        return;
    set_state(c, CHILD_STOPPING);
    c->kill_ms = now_ms(c) + CHILD_STOP_MS;
    tell(c, "stop", "");
}

/* --- its time -------------------------------------------------------------------------------- */

static int64_t silence_max_ms(const struct child *c) {
    return c->was_ready ? c->spec.hang_ms : c->spec.start_ms;
}

bool child_is_fresh(const struct child *c) {
    return c->state == CHILD_ENDED || now_ms(c) - c->sign_ms <= silence_max_ms(c);
}

static void kill_it(struct child *c, const char *why) {
    char id[LINK_ID_BYTES];
    log_event(LOG_ERROR, "child_hung", "kind=%s id=%s pid=%d state=%s why=%s silent_ms=%" PRId64,
              child_kind_name(c->spec.kind), link_id_write(c->id, id), pid_of(c),
              STATES[c->state].name, why, now_ms(c) - c->sign_ms);
    c->hung = true;
    (void)uv_process_kill(&c->process, SIGKILL); /* ESRCH: it has just ended by itself */
}

void child_tick(struct child *c) {
    if (c->state == CHILD_ENDED || c->hung)
        return;
    if (!child_is_fresh(c))
        kill_it(c, c->was_ready ? "no_beat" : "not_ready");
    else if (c->state == CHILD_STOPPING && now_ms(c) >= c->kill_ms)
        kill_it(c, "not_stopped");
    else if (c->state == CHILD_DRAINING && now_ms(c) >= c->give_up_ms)
        child_stop(c);
}

void child_excuse(struct child *c) {
    c->sign_ms = now_ms(c);
}

int64_t child_id(const struct child *c) {
    return c->id;
}

enum child_state child_state(const struct child *c) {
    return c->state;
}

int64_t child_in_flight(const struct child *c) {
    return c->in_flight;
}
