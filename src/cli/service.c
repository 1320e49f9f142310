/* service.c: see service.h. Children are in process groups of their own: the terminal's Ctrl-C is
 * for us, and we tell them. */
#include "cli/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/view/text.h"
#include "fleet/supervisor.h"

#define SAY_ADDRESS "127.0.0.1"
#define SAY_PORT 8890
#define SAY_LISTEN "127.0.0.1:8890"
#define SAY_URL "http://127.0.0.1:8890"
#define SAY_PROGRAM "ttsq-say"
#define SAY_READY_MS 10000
#define CHILD_PARENT_FD 3
#define LOG_MODE 0640
#define RUNTIME_MODE 0770 /* subject to the umask */
#define SELF "/proc/self/exe"

bool service_is_running(const char *fleet) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/" SUPERVISOR_LOCK_NAME, fleet);
    int fd = n > 0 && (size_t)n < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool running = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return running;
}

bool service_failure(const char *fleet, struct served_failure *out) {
    return service_is_running(fleet) && served_failure(fleet, out);
}

const char *service_command(const struct config *c) {
    struct stat st;
    bool is_anothers = stat(c->database, &st) == 0 && st.st_uid != geteuid();
    return c->is_of_machine || is_anothers ? "systemctl start ttsq" : "ttsq supervise";
}

void service_hint(const struct config *c) {
    struct served_failure failure;
    char shown[TEXT_SHOWN_BYTES];
    if (!service_is_running(c->fleet))
        cli_say("no supervisor is running: start it with `%s` or use `ttsq run`",
                service_command(c));
    else if (served_failure(c->fleet, &failure))
        cli_say(SERVICE_FAILED "%s", text_show(failure.why, SERVICE_WHY_SHOWN, shown));
}

static bool say_listens(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(SAY_PORT)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, SAY_ADDRESS, &address.sin_addr) != 1)
        return false;
    bool listens = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return listens;
}

bool service_is_say_url(const char *url) {
    size_t n = strlen(SAY_URL);
    return url && !strncmp(url, SAY_URL, n) && (url[n] == '\0' || url[n] == '/');
}

bool service_lacks_say(const struct config *config, const char *profile) {
    const struct profile *p = config_profile(config, profile);
    return p && service_is_say_url(profile_var(p, "base_url")) && !say_listens();
}

void service_init(struct service *s, const struct config *config) {
    *s = (struct service){.config = config, .alive_fd = {-1, -1}, .log_fd = -1};
}

/* In the child: nothing of the parent's stays open but the log and the pipe. */
static _Noreturn void become(const char *path, char *const *argv, int parent_fd, int log_fd) {
    (void)setpgid(0, 0);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(log_fd, STDERR_FILENO) >= 0 &&
        (parent_fd == CHILD_PARENT_FD ? fcntl(parent_fd, F_SETFD, 0)
                                      : dup2(parent_fd, CHILD_PARENT_FD)) >= 0 &&
        close_range(CHILD_PARENT_FD + 1, ~0U, 0) == 0)
        execvp(path, argv);
    _exit(127);
}

/* The log and the pipe, which all children share. */
static bool open_shared(struct service *s, struct err *e) {
    char path[PATH_MAX];
    int ends[2];
    if (s->log_fd >= 0)
        return true;
    if (!file_mkdir_p(s->config->runtime, RUNTIME_MODE, e))
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set_errno(e, errno, "cannot make a pipe");
    memcpy(s->alive_fd, ends, sizeof ends);
    int n = snprintf(path, sizeof path, "%s/" SERVICE_LOG_NAME, s->config->runtime);
    if (n > 0 && (size_t)n < sizeof path)
        s->log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, LOG_MODE);
    return s->log_fd >= 0 || err_set_errno(e, errno, "cannot write %.300s", path);
}

static bool start(struct service *s, const char *path, char *const *argv, pid_t *pid,
                  struct err *e) {
    if (!open_shared(s, e))
        return false;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return err_set_errno(e, errno, "cannot start %s", argv[0]);
    if (child == 0)
        become(path, argv, s->alive_fd[0], s->log_fd);
    *pid = child;
    return true;
}

/* Has this child of ours ended? *code is its exit code then. */
static bool has_ended(pid_t *pid, int *code) {
    int status;
    if (*pid <= 0 || waitpid(*pid, &status, WNOHANG) != *pid)
        return false;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    *pid = 0;
    return true;
}

static const char *say_program(char path[PATH_MAX]) {
    ssize_t n = readlink(SELF, path, PATH_MAX - sizeof SAY_PROGRAM);
    if (n <= 0)
        return SAY_PROGRAM;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    memcpy(slash ? slash + 1 : path, SAY_PROGRAM, sizeof SAY_PROGRAM);
    return access(path, X_OK) == 0 ? path : SAY_PROGRAM;
}

static bool start_say(struct service *s, struct err *e) {
    char path[PATH_MAX];
    char name[] = SAY_PROGRAM, listen_option[] = "--listen", address[] = SAY_LISTEN,
         parent[] = "--parent-fd", fd[] = "3";
    char *argv[] = {name, listen_option, address, parent, fd, NULL};
    if (!start(s, say_program(path), argv, &s->say, e))
        return false;
    int64_t give_up_boot_ms = clock_boot_ms() + SAY_READY_MS;
    while (!say_listens()) {
        int code;
        if (has_ended(&s->say, &code))
            return err_set(e, ERR_NO_SERVICE,
                           "ttsq-say ended at once (exit code %d); is it installed? Try "
                           "`ttsq-say --help`, or configure another profile",
                           code);
        if (cli_stop_count())
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        if (clock_boot_ms() > give_up_boot_ms)
            return err_set(e, ERR_NO_SERVICE, "ttsq-say does not listen on " SAY_LISTEN);
        cli_sleep_ms(CLI_POLL_MS);
    }
    cli_say("speaking with ttsq-say on this machine (" SAY_LISTEN ")");
    return true;
}

static bool start_supervisor(struct service *s, struct err *e) {
    char name[] = "ttsq", command[] = "supervise", parent[] = "--parent-fd", fd[] = "3";
    char *argv[] = {name, command, parent, fd, NULL};
    return start(s, SELF, argv, &s->supervisor, e);
}

bool service_ensure(struct service *s, struct err *e) {
    int code;
    (void)has_ended(&s->say, &code);
    if (s->needs_say && s->say == 0 && !say_listens() && !start_say(s, e))
        return false;
    if (has_ended(&s->supervisor, &code) && code != err_exit_code(ERR_LATER))
        return err_set(
            e, code == err_exit_code(ERR_CONFIG) ? ERR_CONFIG : ERR_NO_SERVICE,
            "the workers could not be kept running (exit code %d): see %.300s/" SERVICE_LOG_NAME
            " and `ttsq check`",
            code, s->config->runtime);
    if (s->supervisor == 0 && !service_is_running(s->config->fleet))
        return start_supervisor(s, e);
    return true;
}

/* A supervisor finishes its calls and ends; told a second time it ends now. */
void service_drain(struct service *s) {
    if (s->supervisor > 0 && !s->draining)
        (void)kill(s->supervisor, SIGTERM);
    s->draining = true;
}

static void await(pid_t *pid) {
    int told = cli_stop_count(), code;
    struct pollfd end = {.fd = *pid > 0 ? pidfd_open(*pid, 0) : -1, .events = POLLIN};
    while (*pid > 0 && !has_ended(pid, &code)) {
        if (cli_stop_count() > told) {
            told = cli_stop_count();
            (void)kill(*pid, SIGTERM);
        }
        (void)poll(&end, 1, CLI_POLL_MS); /* without a pidfd, before Linux 5.3, only a sleep */
    }
    if (end.fd >= 0)
        close(end.fd);
}

void service_end(struct service *s) {
    service_drain(s);
    await(&s->supervisor);
    if (s->say > 0)
        (void)kill(s->say, SIGTERM);
    await(&s->say);
    if (s->log_fd >= 0)
        close(s->log_fd);
    s->log_fd = -1;
    for (int i = 0; i < 2; i++) {
        if (s->alive_fd[i] >= 0)
            close(s->alive_fd[i]);
        s->alive_fd[i] = -1;
    }
}
