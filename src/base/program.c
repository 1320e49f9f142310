/* program.c: see program.h. */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"

#define LOOK_MS 50     /* how often limits are looked at */
#define LOOK_SOON_MS 2 /* once it has closed its standard error: it is ending */

struct running {
    const struct program *program;
    pid_t pid;
    int talk_fd, start_fd; /* what it says; its errno when exec failed. -1 = closed */
    char talk[PROGRAM_TALK_BYTES + 1];
    size_t talk_bytes;
    int status;
};

/* ---- the child, up to exec: only what may be called after fork ---- */

static bool put_fd(int fd, int place, int mode) {
    int from = fd >= 0 ? fd : open("/dev/null", mode);
    return from >= 0 && (from == place ? fcntl(from, F_SETFD, 0) == 0 : dup2(from, place) == place);
}

static void become(const struct program *p, pid_t parent, int talk_fd, int start_fd) {
    struct rlimit limit = {.rlim_cur = (rlim_t)p->file_bytes_max,
                           .rlim_max = (rlim_t)p->file_bytes_max};
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
                 (p->file_bytes_max == 0 || setrlimit(RLIMIT_FSIZE, &limit) == 0) &&
                 put_fd(p->in_fd, STDIN_FILENO, O_RDONLY) &&
                 put_fd(p->out_fd, STDOUT_FILENO, O_WRONLY) &&
                 put_fd(talk_fd, STDERR_FILENO, O_WRONLY);
    (void)signal(SIGPIPE, SIG_DFL);
    if (ready)
        (void)execvp(p->argv[0], (char *const *)(uintptr_t)p->argv);
    int errnum = errno;
    (void)!write(start_fd, &errnum, sizeof errnum);
    _exit(127);
}

/* ---- the parent ---- */

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool start(struct running *r, struct err *e) {
    int talk[2], begun[2];
    if (pipe2(talk, O_CLOEXEC) != 0)
        return err_set_errno(e, errno, "cannot run %s", r->program->argv[0]);
    if (pipe2(begun, O_CLOEXEC) != 0) {
        (void)err_set_errno(e, errno, "cannot run %s", r->program->argv[0]);
        close(talk[0]), close(talk[1]);
        return false;
    }
    pid_t parent = getpid();
    r->pid = fork();
    if (r->pid == 0)
        become(r->program, parent, talk[1], begun[1]);
    int errnum = errno;
    close(talk[1]), close(begun[1]);
    r->talk_fd = talk[0];
    r->start_fd = begun[0];
    return r->pid > 0 || err_set_errno(e, errnum, "cannot run %s", r->program->argv[0]);
}

/* The pipe closes with a successful exec. */
static bool is_begun(struct running *r, struct err *e) {
    int errnum;
    ssize_t n;
    do
        n = read(r->start_fd, &errnum, sizeof errnum);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof errnum)
        return true;
    if (errnum == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "%s is not installed", r->program->argv[0]);
    return err_set_errno(e, errnum, "cannot run %s", r->program->argv[0]);
}

/* Keeps the end of what it says: that is where the reason stands. */
static void hear(struct running *r, int timeout_ms) {
    char piece[PROGRAM_TALK_BYTES];
    struct pollfd one = {.fd = r->talk_fd, .events = POLLIN};
    if (poll(&one, 1, r->talk_fd >= 0 ? timeout_ms : LOOK_SOON_MS) <= 0)
        return;
    ssize_t n = read(r->talk_fd, piece, sizeof piece);
    if (n == 0)
        close_fd(&r->talk_fd);
    if (n <= 0)
        return;
    size_t got = (size_t)n, keep = sizeof r->talk - 1 - got;
    keep = keep < r->talk_bytes ? keep : r->talk_bytes;
    memmove(r->talk, r->talk + r->talk_bytes - keep, keep);
    memcpy(r->talk + keep, piece, got);
    r->talk_bytes = keep + got;
}

static bool wait_end(struct running *r, struct err *e) {
    const struct program *p = r->program;
    int64_t until = clock_boot_ms() + p->timeout_ms;
    for (;;) {
        pid_t ended = waitpid(r->pid, &r->status, WNOHANG);
        if (ended == r->pid) {
            r->pid = 0;
            if (r->talk_fd >= 0)
                hear(r, 0);
            return true;
        }
        if (ended < 0 && errno != EINTR)
            return err_set_errno(e, errno, "cannot wait for %s", p->argv[0]);
        if (p->is_stopped && p->is_stopped())
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        if (clock_boot_ms() > until)
            return err_set(e, ERR_INPUT, "%s has not ended after %" PRId64 " s", p->argv[0],
                           p->timeout_ms / 1000);
        hear(r, LOOK_MS);
    }
}

/* On one line, and nothing that a terminal obeys. */
static const char *tidy(struct running *r) {
    r->talk[r->talk_bytes] = '\0';
    while (r->talk_bytes > 0 && (unsigned char)r->talk[r->talk_bytes - 1] <= ' ')
        r->talk[--r->talk_bytes] = '\0';
    for (size_t i = 0; i < r->talk_bytes; i++)
        if ((unsigned char)r->talk[i] < ' ' || (unsigned char)r->talk[i] >= 0x7f)
            r->talk[i] = r->talk[i] == '\n' ? ' ' : '?';
    return r->talk;
}

static bool judge(struct running *r, struct err *e) {
    const struct program *p = r->program;
    if (WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
        return true;
    if (WIFSIGNALED(r->status) && WTERMSIG(r->status) == SIGXFSZ)
        return err_set(e, ERR_INPUT, "%s would write more than %" PRId64 " MiB", p->argv[0],
                       p->file_bytes_max >> 20);
    if (p->is_stopped && p->is_stopped())
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (WIFSIGNALED(r->status))
        return err_set(e, ERR_FAILED, "%s was ended by signal %d", p->argv[0], WTERMSIG(r->status));
    return err_set(e, ERR_FAILED, "%s failed (%d): %s", p->argv[0], WEXITSTATUS(r->status),
                   tidy(r));
}

bool program_run(const struct program *p, struct err *e) {
    PRE(p->argv[0] && p->timeout_ms > 0);
    struct running r = {.program = p, .talk_fd = -1, .start_fd = -1};
    bool ok = start(&r, e) && is_begun(&r, e) && wait_end(&r, e) && judge(&r, e);
    if (r.pid > 0) {
        (void)kill(r.pid, SIGKILL);
        while (waitpid(r.pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close_fd(&r.talk_fd);
    close_fd(&r.start_fd);
    return ok;
}
