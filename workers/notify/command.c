/* command.c: see command.h. Not uv_spawn, which cannot make a child that dies with its parent. */
#include "workers/notify/command.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/log.h"
#include "base/words.h"
#include "workers/notify/trust.h"

#define KILL_MS 5000 /* from SIGTERM to SIGKILL */
#define NOT_STARTED 127
#define LEFT_READS_MAX 16 /* of output that came before its end */

bool command_is_free(const struct command *c) {
    return !c->errand.used && c->open_handles == 0;
}

static void over(struct command *c, int code, const char *why, bool final) {
    errand_end(&c->errand, &c->config->ending, code, why, final);
}

/* ---- what it says --------------------------------------------------------------------------- */

static void end_line(struct command *c) {
    char batch[2 * STORE_NAME_MAX + 4], text[2 * COMMAND_LINE_BYTES + 4];
    c->line[c->line_bytes] = '\0';
    if (c->line_bytes == 0)
        return;
    c->line_bytes = 0;
    memcpy(c->last_line, c->line, sizeof c->last_line);
    if (++c->lines <= COMMAND_LINES_MAX)
        log_event(LOG_INFO, "on_done_output", "batch=%s text=%s",
                  log_quote(c->errand.row.batch, batch, sizeof batch),
                  log_quote(c->line, text, sizeof text));
    else if (c->lines == COMMAND_LINES_MAX + 1)
        log_event(LOG_INFO, "on_done_output", "batch=%s and_more=1",
                  log_quote(c->errand.row.batch, batch, sizeof batch));
}

static void take_output(struct command *c, const char *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] == '\n')
            end_line(c);
        else if (c->line_bytes < COMMAND_LINE_BYTES) /* the rest of a long line is left out */
            c->line[c->line_bytes++] = data[i];
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct command *c = handle->data;
    *buf = uv_buf_init(c->bytes, sizeof c->bytes);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct command *c = stream->data;
    if (n > 0)
        take_output(c, buf->base, (size_t)n);
    else if (n < 0)
        (void)uv_read_stop(stream);
}

/* What it wrote before it ended. Its end of file is not waited for: others may hold the pipe. */
static void read_left(struct command *c) {
    uv_os_fd_t fd;
    (void)uv_read_stop((uv_stream_t *)&c->output);
    if (uv_fileno((uv_handle_t *)&c->output, &fd) != 0)
        return;
    for (int i = 0; i < LEFT_READS_MAX; i++) {
        ssize_t n = read(fd, c->bytes, sizeof c->bytes);
        if (n <= 0)
            break;
        take_output(c, c->bytes, (size_t)n);
    }
    end_line(c);
}

/* ---- its end -------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle) {
    struct command *c = handle->data;
    c->open_handles--;
}

static void close_handles(struct command *c) {
    uv_close((uv_handle_t *)&c->output, on_closed);
    uv_close((uv_handle_t *)&c->deadline, on_closed);
}

static void judge(struct command *c, int status) {
    char why[STORE_WHY_MAX + 1], said[2 * COMMAND_LINE_BYTES + 8] = "";
    if (c->last_line[0])
        (void)log_quote(c->last_line, said, sizeof said);
    if (c->too_long)
        (void)snprintf(why, sizeof why, "took longer than %lld ms and was ended",
                       (long long)c->timeout_ms);
    else if (WIFSIGNALED(status))
        (void)snprintf(why, sizeof why, "was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) == 0)
        over(c, 0, NULL, false);
    else
        (void)snprintf(why, sizeof why, "exit status %d%s%.120s", WEXITSTATUS(status),
                       said[0] ? ": " : "", said);
    if (!c->errand.is_over)
        over(c, WIFEXITED(status) ? WEXITSTATUS(status) : -1, why, false);
}

void command_on_child(struct command *c) {
    int status;
    if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
        return;
    c->pid = 0;
    read_left(c);
    close_handles(c);
    judge(c, status);
}

static void on_deadline(uv_timer_t *timer) {
    struct command *c = timer->data;
    if (c->pid == 0)
        return;
    c->too_long = true;
    (void)kill(-c->pid, c->killed ? SIGKILL : SIGTERM);
    c->killed = true;
    (void)uv_timer_start(&c->deadline, on_deadline, KILL_MS, 0);
}

void command_kill(struct command *c) {
    if (c->pid > 0)
        (void)kill(-c->pid, SIGKILL);
}

/* ---- its start ------------------------------------------------------------------------------ */

/* In the child, where only calls that are safe after fork are made. */
static _Noreturn void become(char *const *words, char *const *environment, int output,
                             pid_t parent) {
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTSTP, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
        getppid() == parent && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0 &&
        close_range(STDERR_FILENO + 1, ~0U, 0) == 0 && chdir("/") == 0)
        (void)execve(words[0], words, environment);
    _exit(NOT_STARTED);
}

static void watch(struct command *c, uv_loop_t *loop, int output) {
    int rc = uv_pipe_init(loop, &c->output, 0);
    ASSERT(rc == 0);
    rc = uv_timer_init(loop, &c->deadline);
    ASSERT(rc == 0);
    c->output.data = c->deadline.data = c;
    c->open_handles = 2;
    rc = uv_pipe_open(&c->output, output);
    ASSERT(rc == 0);
    rc = uv_read_start((uv_stream_t *)&c->output, on_alloc, on_output);
    ASSERT(rc == 0);
    rc = uv_timer_start(&c->deadline, on_deadline, (uint64_t)c->timeout_ms, 0);
    ASSERT(rc == 0);
}

static bool spawn(struct command *c, uv_loop_t *loop, char *const *words, struct err *e) {
    int ends[2];
    if (access(words[0], X_OK) != 0)
        return err_set_errno(e, errno, "cannot run %.150s", words[0]);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set_errno(e, errno, "cannot make a pipe");
    char **environment = errand_environment(&c->errand, c->config);
    pid_t self = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(words, environment, ends[1], self);
    int saved = errno;
    errand_free_environment(environment);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return err_set_errno(e, saved, "cannot start %.150s", words[0]);
    }
    (void)setpgid(pid, pid); /* also here: who comes first makes it */
    c->pid = pid;
    watch(c, loop, ends[0]);
    return true;
}

void command_start(struct command *c, uv_loop_t *loop, const struct config *config) {
    char **words = NULL;
    struct err e;
    PRE(c->errand.used && c->pid == 0 && c->open_handles == 0);
    c->config = config;
    c->timeout_ms = config->ending.on_done_timeout_ms;
    c->too_long = c->killed = false;
    c->lines = 0;
    c->line_bytes = 0;
    c->last_line[0] = '\0';
    if (!words_split(c->errand.row.target, &words, &e) ||
        !trust_command(config, c->errand.row.target, words, &e))
        over(c, -1, e.msg, true);
    else if (!spawn(c, loop, words, &e))
        over(c, -1, e.msg, false);
    words_free(words);
}
