/* server.c: see server.h. */
#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "espeak.h"
#include "exchange.h"
#include "files.h"
#include "http.h"
#include "tone.h"
#include "vendor.h"
#include "voices.h"

#define CONNECTIONS_MAX 8192
#define CONNECTION_MEMORY_BYTES ((size_t)16 << 10)
#define SPARE_DESCRIPTORS 128 /* for pipes of the engine, the ledger and the like */
#define LISTEN_BACKLOG 4096
#define EXACT_NS 1UL /* how late a wait may end */
#define US_PER_S 1000000
#define US_PER_MS 1000
#define NS_PER_US 1000

/* As many connections as descriptors allow, after asking for as many as may be had. */
static unsigned connections_max(void) {
    struct rlimit files;
    ASSERT(getrlimit(RLIMIT_NOFILE, &files) == 0);
    rlim_t wanted = CONNECTIONS_MAX + SPARE_DESCRIPTORS;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &files))
            getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= wanted)
        return CONNECTIONS_MAX;
    return files.rlim_cur > 2 * SPARE_DESCRIPTORS ? (unsigned)(files.rlim_cur - SPARE_DESCRIPTORS)
                                                  : SPARE_DESCRIPTORS;
}

static bool listen_on(const struct options *o, int *out, unsigned *port, struct err *e) {
    struct sockaddr_storage address = o->listen;
    void *at = &address;
    socklen_t bytes = o->listen_bytes;
    int one = 1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot make a socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, at, bytes) ||
        listen(fd, LISTEN_BACKLOG) || getsockname(fd, at, &bytes)) {
        err_set_errno(e, errno, "cannot listen on %s", o->listen_text);
        close(fd);
        return false;
    }
    *port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)at)->sin6_port
                                                : ((struct sockaddr_in *)at)->sin_port);
    *out = fd;
    return true;
}

/* How long nothing is due; NULL = until something happens. */
static const struct timespec *idle(const struct server *s, struct timespec *room) {
    MHD_UNSIGNED_LONG_LONG ms = 0;
    int64_t due_us = waiter_due_us(s->waiter), us = INT64_MAX;
    if (due_us != WAIT_FOREVER)
        us = due_us - clock_boot_us();
    if (MHD_get_timeout(s->daemon, &ms) == MHD_YES && (int64_t)ms < us / US_PER_MS)
        us = (int64_t)ms * US_PER_MS;
    if (us == INT64_MAX)
        return NULL;
    if (us < 0)
        us = 0;
    *room = (struct timespec){.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * NS_PER_US};
    return room;
}

/* The waiting is ours, since libmicrohttpd's own (MHD_epoll of 0.9.75, and of 1.0.1) goes wrong: a
 * wait that brings exactly its 128 events is followed by another before any of them is looked at,
 * and both are without a limit. MHD_run does not wait at all. */
void server_turn(struct server *s, struct pollfd more[SERVER_MORE_FDS]) {
    struct timespec room;
    struct pollfd on[2 + SERVER_MORE_FDS] = {
        {.fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
         .events = POLLIN},
        {.fd = waiter_fd(s->waiter), .events = POLLIN},
    };
    memcpy(on + 2, more, SERVER_MORE_FDS * sizeof *more);
    int n = ppoll(on, 2 + SERVER_MORE_FDS, idle(s, &room), NULL);
    ASSERT(n >= 0 || errno == EINTR);
    if (n < 0)
        return;
    memcpy(more, on + 2, SERVER_MORE_FDS * sizeof *more);
    waiter_turn(s->waiter);
    ASSERT(MHD_run(s->daemon) == MHD_YES);
}

static bool start_daemon(struct server *s, struct err *e) {
    int fd = -1;
    if (!listen_on(s->options, &fd, &s->port, e))
        return false;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
                     (s->options->listen.ss_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0u);
    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, s, MHD_OPTION_LISTEN_SOCKET,
                                 fd, MHD_OPTION_CONNECTION_LIMIT, connections_max(),
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES,
                                 MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, s,
                                 MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, s, MHD_OPTION_END);
    if (!s->daemon) {
        close(fd);
        return err_set(e, ERR_IO, "cannot start the HTTP server");
    }
    return true;
}

static bool prepare_engine(struct server *s, struct err *e) {
    const struct options *o = s->options;
    if (o->answer_bytes) {
        s->fixed[ENCODE_WAV] = tone_fixed(ENCODE_WAV, o->answer_bytes);
        s->fixed[ENCODE_PCM] = tone_fixed(ENCODE_PCM, o->answer_bytes);
    }
    if (o->engine != ENGINE_ESPEAK)
        return true;
    if (!espeak_locate(o->espeak, s->espeak_path, sizeof s->espeak_path)) {
        s->espeak_path[0] = '\0'; /* /healthz and every answer say so */
        return true;
    }
    return voices_load(s->espeak_path, e);
}

static bool load_shapes(struct server *s, struct err *e) {
    for (size_t i = 0; i < s->options->shape_count; i++)
        if (!shapes_load(&s->shapes, s->options->shapes[i], e))
            return false;
    return true;
}

bool server_start(const struct options *options, struct server *out, struct err *e) {
    *out = (struct server){.options = options};
    ASSERT(prctl(PR_SET_TIMERSLACK, EXACT_NS) == 0); /* answers come when they are due */
    out->control = control_new(&options->settings);
    out->files = files_new();
    out->counts = vendor_counts_new();
    return load_shapes(out, e) && prepare_engine(out, e) &&
           ledger_open(options->ledger, options->ledger_sync, options->ledger_text, &out->ledger,
                       e) &&
           waiter_open(exchange_on_gone, &out->waiter, e) &&
           pool_open(options->threads, &out->pool, e) && start_daemon(out, e);
}

void server_stop(struct server *s) {
    int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
    pool_stop(s->pool);     /* after this nothing is in work any more, */
    waiter_stop(s->waiter); /* nothing is suspended any more, */
    MHD_stop_daemon(s->daemon);
    pool_free(s->pool);
    waiter_free(s->waiter);
    ledger_close(s->ledger); /* and every request has its last event */
    control_free(s->control);
    files_free(s->files);
    vendor_counts_free(s->counts);
    shapes_release(&s->shapes);
    for (int i = 0; i < ENCODE_FORMATS; i++)
        free(s->fixed[i].data);
    voices_unload();
}
