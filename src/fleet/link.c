/* link.c: see link.h. */
#include "fleet/link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/log.h"

#define CONTROL_FD 0
#define REPORT_FD 1
#define READ_BYTES 512
#define HANDLES 3

struct link {
    uv_pipe_t control;
    uv_signal_t on_term;
    uv_signal_t on_hup;
    struct link_handlers handlers;
    void *arg;
    struct link_reader reader;
    char bytes[READ_BYTES];
    int open_handles;
    int terms; /* SIGTERMs seen */
    bool draining;
    bool stopping;
    bool closed;
};

static void ask_drain(struct link *l) {
    if (l->draining || l->stopping || l->closed)
        return;
    l->draining = true;
    l->handlers.on_drain(l->arg);
}

static void ask_stop(struct link *l) {
    if (l->stopping || l->closed)
        return;
    l->stopping = true;
    l->handlers.on_stop(l->arg);
}

static void ask_reload(struct link *l) {
    if (!l->closed)
        l->handlers.on_reload(l->arg);
}

static void ask_refused(struct link *l) {
    if (!l->closed && l->handlers.on_refused)
        l->handlers.on_refused(l->arg);
}

static void ask_dead(struct link *l, const char *id_text) {
    int64_t id;
    if (!l->closed && l->handlers.on_dead && link_id_read(id_text, &id))
        l->handlers.on_dead(l->arg, id);
}

static void on_line(void *arg, const char *line) {
    static const char dead[] = "dead ";
    struct link *l = arg;
    if (strcmp(line, "reload") == 0)
        ask_reload(l);
    else if (strcmp(line, "refused") == 0)
        ask_refused(l);
    else if (strcmp(line, "drain") == 0)
        ask_drain(l);
    else if (strcmp(line, "stop") == 0)
        ask_stop(l);
    else if (strncmp(line, dead, sizeof dead - 1) == 0)
        ask_dead(l, line + sizeof dead - 1);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct link *l = handle->data;
    *buf = uv_buf_init(l->bytes, sizeof l->bytes);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct link *l = stream->data;
    if (n > 0) {
        link_reader_feed(&l->reader, buf->base, (size_t)n, on_line, l);
    } else if (n < 0) { /* end of file; an error means the same */
        (void)uv_read_stop(stream);
        ask_drain(l);
    }
}

static void on_signal(uv_signal_t *handle, int signum) {
    struct link *l = handle->data;
    if (signum == SIGHUP)
        ask_reload(l);
    else if (++l->terms == 1)
        ask_drain(l);
    else
        ask_stop(l);
}

static bool is_pipe(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool uv_failed(int rc, const char *what, struct err *e) {
    (void)err_set(e, rc == UV_ENOMEM ? ERR_MEMORY : ERR_IO, "%s: %s", what, uv_strerror(rc));
    e->origin = "uv";
    e->detail = rc;
    return false;
}

/* Children get default dispositions from uv_spawn; these two must not end them. */
static void ignore_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    int rc = sigaction(SIGPIPE, &ignore, NULL);
    ASSERT(rc == 0);
    rc = sigaction(SIGINT, &ignore, NULL);
    ASSERT(rc == 0);
    rc = sigaction(SIGTSTP, &ignore, NULL); /* Ctrl-Z at the supervisor must not stop paid calls */
    ASSERT(rc == 0);
}

static bool listen_all(struct link *l, struct err *e) {
    int rc = uv_pipe_open(&l->control, CONTROL_FD);
    if (rc != 0)
        return uv_failed(rc, "control pipe", e);
    rc = uv_read_start((uv_stream_t *)&l->control, on_alloc, on_read);
    if (rc != 0)
        return uv_failed(rc, "control pipe", e);
    rc = uv_signal_start(&l->on_term, on_signal, SIGTERM);
    if (rc == 0)
        rc = uv_signal_start(&l->on_hup, on_signal, SIGHUP);
    return rc == 0 || uv_failed(rc, "signal handler", e);
}

bool link_open(struct link **out, uv_loop_t *loop, const struct link_handlers *handlers, void *arg,
               struct err *e) {
    PRE(handlers->on_reload && handlers->on_drain && handlers->on_stop);
    if (!is_pipe(CONTROL_FD) || !is_pipe(REPORT_FD))
        return err_set(e, ERR_USAGE, "workers are started by `ttsq supervise`, not by hand");
    int flags = fcntl(REPORT_FD, F_GETFL);
    if (flags < 0 || fcntl(REPORT_FD, F_SETFL, flags | O_NONBLOCK) != 0)
        return err_set_errno(e, errno, "report pipe");
    struct link *l = ensure_alloc(sizeof *l);
    *l = (struct link){.handlers = *handlers, .arg = arg, .open_handles = HANDLES};
    int rc = uv_pipe_init(loop, &l->control, 0);
    ASSERT(rc == 0);
    rc = uv_signal_init(loop, &l->on_term);
    ASSERT(rc == 0);
    rc = uv_signal_init(loop, &l->on_hup);
    ASSERT(rc == 0);
    l->control.data = l->on_term.data = l->on_hup.data = l;
    ignore_signals();
    if (!listen_all(l, e)) {
        link_close(l);
        return false;
    }
    *out = l;
    return true;
}

static void report(const char *line, size_t bytes) {
    ssize_t n;
    do
        n = write(REPORT_FD, line, bytes);
    while (n < 0 && errno == EINTR);
    /* A full pipe or a dead supervisor: the line is lost,
     * and end of file on fd 0 tells the rest. */
}

int link_start_failed(const struct link_start *start, const struct err *e) {
    bool later = e->code == ERR_SPACE || e->code == ERR_DB_LOCKED;
    int code = later ? LINK_EXIT_LATER : err_exit_code(e->code);
    enum log_level level = !later ? LOG_ERROR : start->waiting ? LOG_DEBUG : LOG_WARNING;
    log_failure_with(level, "start_failed", e, "exit=%d again=%s", code,
                     later ? "each_second" : "no");
    return code;
}

void link_ready(struct link *l) {
    PRE(!l->closed);
    report("ready\n", sizeof "ready\n" - 1);
}

void link_beat(struct link *l, int64_t in_flight) {
    PRE(!l->closed && in_flight >= 0);
    char line[LINK_LINE_MAX + 1];
    int n = snprintf(line, sizeof line, "beat %" PRId64 "\n", in_flight);
    ASSERT(n > 0 && (size_t)n < sizeof line);
    report(line, (size_t)n);
}

static void on_closed(uv_handle_t *handle) {
    struct link *l = handle->data;
    if (--l->open_handles == 0)
        free(l);
}

void link_close(struct link *l) {
    if (!l || l->closed)
        return;
    l->closed = true;
    uv_close((uv_handle_t *)&l->control, on_closed);
    uv_close((uv_handle_t *)&l->on_term, on_closed);
    uv_close((uv_handle_t *)&l->on_hup, on_closed);
}

const char *link_id_write(int64_t id, char out[LINK_ID_BYTES]) {
    PRE(id > 0);
    int n = snprintf(out, LINK_ID_BYTES, "%016" PRIx64, (uint64_t)id);
    POST(n == LINK_ID_BYTES - 1);
    return out;
}

bool link_id_read(const char *text, int64_t *id) {
    if (strspn(text, "0123456789abcdef") != LINK_ID_BYTES - 1 || text[LINK_ID_BYTES - 1] != '\0')
        return false;
    uint64_t value = strtoull(text, NULL, 16);
    if (value == 0 || value > INT64_MAX)
        return false;
    *id = (int64_t)value;
    return true;
}

static void take_byte(struct link_reader *r, char c) {
    if (r->used == LINK_LINE_MAX)
        r->skipping = true;
    else
        r->line[r->used++] = c;
}

void link_reader_feed(struct link_reader *r, const char *data, size_t bytes,
                      void (*each_line)(void *arg, const char *line), void *arg) {
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] != '\n') {
            take_byte(r, data[i]);
            continue;
        }
        r->line[r->used] = '\0';
        bool whole = !r->skipping;
        r->used = 0;
        r->skipping = false;
        if (whole)
            each_line(arg, r->line);
    }
}
