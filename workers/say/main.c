/*
 * main: ttsq-say starts the server, tells who asked that it listens, and waits for the order to
 * end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "options.h"
#include "server.h"

#define PORT_LINE_BYTES 8

static bool write_port(int fd, unsigned port, struct err *e) {
    char line[PORT_LINE_BYTES];
    int n = snprintf(line, sizeof line, "%u\n", port);
    bool done = write(fd, line, (size_t)n) == n;
    return done || err_set_errno(e, errno, "cannot tell the port");
}

/* By way of a new file, so that a reader never sees half of it. */
static bool write_port_file(const char *path, unsigned port, struct err *e) {
    char fresh[PATH_MAX];
    int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof fresh)
        return err_set(e, ERR_USAGE, "the name of the port file is too long");
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot write %s", fresh);
    bool done = write_port(fd, port, e);
    close(fd);
    if (done && rename(fresh, path))
        done = err_set_errno(e, errno, "cannot write %s", path);
    return done;
}

static bool announce(const struct options *o, unsigned port, struct err *e) {
    log_event(LOG_INFO, "listening", "address=%.*s:%u engine=%s",
              (int)(strrchr(o->listen_text, ':') - o->listen_text), o->listen_text, port,
              options_engine_name(o->engine));
    if (o->port_file && !write_port_file(o->port_file, port, e))
        return false;
    if (o->ready_fd < 0)
        return true;
    bool done = write_port(o->ready_fd, port, e);
    close(o->ready_fd);
    return done;
}

/* TERM and INT come by a descriptor; they stay blocked in every thread. */
static int signals_fd(void) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &ends, NULL))
        return -1;
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* What is written to the parent's descriptor is read and forgotten; only its end counts. */
static bool parent_lives(int fd) {
    char any[PORT_LINE_BYTES];
    ssize_t n = read(fd, any, sizeof any);
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static void serve(struct server *server, int signals, int parent) {
    struct pollfd ends[SERVER_MORE_FDS] = {{.fd = signals, .events = POLLIN},
                                           {.fd = parent, .events = POLLIN}};
    do
        server_turn(server, ends);
    while (!ends[0].revents && (!ends[1].revents || parent_lives(parent)));
}

int main(int argc, char **argv) {
    static struct server server;
    struct options options;
    struct err e;
    options_read(argc, argv, &options);
    log_open("say", LOG_INFO);
    if (options.ready_fd >= 0)
        fcntl(options.ready_fd, F_SETFD, FD_CLOEXEC);
    if (options.parent_fd >= 0)
        fcntl(options.parent_fd, F_SETFD, FD_CLOEXEC);
    int signals = signals_fd();
    if (signals < 0) {
        err_set_errno(&e, errno, "cannot watch signals");
        goto failed;
    }
    if (!server_start(&options, &server, &e) || !announce(&options, server.port, &e))
        goto failed;
    serve(&server, signals, options.parent_fd);
    server_stop(&server);
    return 0;
failed:
    fprintf(stderr, "ttsq-say: %s\n", e.msg);
    return err_exit_code(e.code);
}
