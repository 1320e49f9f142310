/* cmd_worker.c: `ttsq worker call|keeper|notify`: the roles that the supervisor starts. */
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "config/config.h"
#include "fleet/link.h"
#include "workers/call/call_worker.h"
#include "workers/keeper/keeper.h"
#include "workers/notify/notify.h"

enum { OPTION_ID = 0x100, OPTION_RESTARTS };

static const struct role {
    const char *name;
    int (*run)(const struct link_start *start, struct config *config);
} roles[] = {{"call", call_worker_run}, {"keeper", keeper_run}, {"notify", notify_run}};

struct options {
    const struct role *role;
    struct link_start start;
};

static const struct argp_option option_table[] = {
    {"id", OPTION_ID, "HEX", 0, "Identity of this process, 16 hex digits", 0},
    {"restarts", OPTION_RESTARTS, "N", 0, "How many came before in this place", 0},
    {"waiting", ARGS_FLAG(struct options, start.waiting), NULL, 0,
     "The last one has said why it could not start yet", 0},
    {0},
};

static const char doc[] = "A child of `ttsq supervise`, which starts it.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_ID:
        if (!link_id_read(text, &o->start.id))
            argp_error(state, "--id must be 16 hex digits, not '%s'", text);
        return 0;
    case OPTION_RESTARTS:
        o->start.restarts = (int)args_number(state, "--restarts", text, 0, INT_MAX);
        return 0;
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
            if (!strcmp(text, roles[i].name))
                o->role = &roles[i];
        return 0;
    case ARGP_KEY_END:
        if (!o->role || o->start.id == 0)
            argp_error(state, "needs a role (call, keeper or notify) and --id");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

const struct argp cmd_worker_argp = {.options = option_table,
                                     .parser = on_option,
                                     .args_doc = "call|keeper|notify",
                                     .doc = doc,
                                     .children = args_children};

int cmd_worker(int argc, char **argv) {
    struct options o = {0};
    struct config *config;
    struct err e;
    args_parse(&cmd_worker_argp, argc, argv, &o);
    if (!config_load(&config, &e))
        return cli_fail(&e);
    log_open(o.role->name, (enum log_level)config->log_level);
    int code = o.role->run(&o.start, config);
    config_free(config);
    return code;
}
