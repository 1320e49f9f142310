/* cmd_supervise.c: `ttsq supervise`, the service. Reads the configuration; the rest is fleet's. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/args.h"
#include "cli/care/memory_need.h"
#include "cli/cli.h"
#include "config/config.h"
#include "fleet/supervisor.h"

#define UMASK 0007 /* members of the group run the commands, and nobody else */

enum { OPTION_PARENT_FD = 0x100 };

static const struct argp_option option_table[] = {
    {.name = "parent-fd",
     .key = OPTION_PARENT_FD,
     .arg = "N",
     .flags = OPTION_HIDDEN,
     .doc = "Drain when this pipe's other end closes, and log warnings only"},
    {0},
};

static const char doc[] =
    "Run the service: the keeper and the call workers, restarted when they die.\n"
    "\n"
    "  ttsq supervise                       in the foreground; Ctrl-C drains\n"
    "  systemctl enable --now ttsq          as a service\n"
    "  systemctl reload ttsq                read the configuration again (SIGHUP)\n"
    "\v"
    "SIGTERM and SIGINT drain: no new calls, those in flight finish, exit 0. A second one stops "
    "now: calls in flight are given up and recorded as maybe billed. The number of call workers is "
    "`workers` in section [ttsq].";

static error_t on_option(int key, char *text, struct argp_state *state) {
    int *parent_fd = state->input;
    if (key == OPTION_PARENT_FD) {
        *parent_fd = (int)args_number(state, "--parent-fd", text, 0, INT_MAX);
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        args_refuse(state, text);
    return ARGP_ERR_UNKNOWN;
}

static enum log_level level_of(const struct config *c, int parent_fd) {
    bool quiet = parent_fd >= 0 && c->log_level > (int)LOG_WARNING && c->log_level < (int)LOG_DEBUG;
    return quiet ? LOG_WARNING : (enum log_level)c->log_level;
}

static bool on_reload(void *arg, struct supervisor_options *next, struct err *e) {
    const char *folder = arg;
    struct config *c;
    if (!config_load(&c, e))
        return false;
    bool same = strcmp(c->fleet, folder) == 0;
    if (same) {
        next->workers = c->workers;
        next->drain_ms = c->drain_ms;
        log_open("supervisor", level_of(c, next->parent_fd));
    } else {
        (void)err_set(e, ERR_CONFIG, "database = %.200s: needs a restart to change", c->database);
    }
    config_free(c);
    return same;
}

#ifdef TTSQ_FAULT_POINTS
static int64_t test_ms(const char *name) {
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : 0;
}

/* The tests put their own children in place of the workers, and shorten the waits. */
static void take_test_settings(struct supervisor_options *o) {
    o->exe = getenv("TTSQ_WORKER_EXE");
    o->start_ms = test_ms("TTSQ_START_MS");
    o->hang_ms = test_ms("TTSQ_HANG_MS");
}
#else
static void take_test_settings(struct supervisor_options *o) {
    (void)o;
}
#endif

static void log_expiry(const struct config *c) {
    char line[PROFILE_EXPIRY_BYTES], why[sizeof line];
    for (size_t i = 0; i < c->profile_count; i++)
        if (profile_expiry(c->profiles[i], clock_wall_ms(), line))
            log_event(LOG_WARNING, "profile_expires", "profile=%s why=%s", c->profiles[i]->name,
                      log_quote(line, why, sizeof why));
}

/* What may not be enough is told; what cannot be enough is refused. */
static bool look_at_memory(const struct config *c, struct err *e) {
    struct err tight;
    if (memory_need_check(c, &tight))
        return true;
    if (tight.code != ERR_MEMORY) {
        *e = tight;
        return false;
    }
    log_failure(LOG_WARNING, "memory_tight", &tight);
    return true;
}

static int supervise(int parent_fd, struct err *e) {
    struct config *c;
    if (!config_load(&c, e))
        return err_exit_code(e->code);
    char *folder = ensure_strdup(c->fleet);
    struct supervisor_options options = {
        .folder = folder,
        .workers = c->workers,
        .drain_ms = c->drain_ms,
        .parent_fd = parent_fd,
        .on_reload = on_reload,
        .reload_arg = folder,
    };
    take_test_settings(&options);
    log_open("supervisor", level_of(c, parent_fd));
    log_expiry(c);
    bool fits = look_at_memory(c, e);
    config_free(c);
    int code = fits ? supervisor_run(&options, e) : err_exit_code(e->code);
    free(folder);
    return code;
}

const struct argp cmd_supervise_argp = {
    .options = option_table, .parser = on_option, .doc = doc, .children = args_children};

int cmd_supervise(int argc, char **argv) {
    int parent_fd = -1;
    struct err e = {.code = ERR_NONE};
    args_parse(&cmd_supervise_argp, argc, argv, &parent_fd);
    (void)umask(UMASK);
    int code = supervise(parent_fd, &e);
    if (e.code != ERR_NONE)
        (void)cli_fail(&e);
    return code;
}
