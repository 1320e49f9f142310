/* cmd_pause.c: `ttsq pause`: an account makes no new call for a while, or until it is resumed. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"

#define REASON_BYTES_MAX 200

struct options {
    const char *account;
    int64_t for_ms; /* 0 = until resumed */
    const char *reason;
};

enum { OPTION_FOR = 0x100 };

static const struct argp_option option_table[] = {
    {"for", OPTION_FOR, "TIME", 0, "So long: 90s, 10m, 2h; without it until `ttsq resume`", 0},
    {"reason", ARGS_TEXT(struct options, reason), "TEXT", 0, "What `ttsq status` says about it", 0},
    {0},
};

static const char doc[] =
    "An account makes no new call; those in flight finish, jobs wait.\n"
    "\n"
    "  ttsq pause main                          until ttsq resume main\n"
    "  ttsq pause main --for 2h --reason night  for a while\n"
    "\v"
    "It takes effect within a second and survives restarts and reboots. `ttsq hold` keeps back the "
    "jobs of one batch.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_FOR:
        o->for_ms = args_duration_ms(state, "--for", text);
        if (o->for_ms == 0)
            argp_error(state, "--for is longer than 0");
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->account);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->account, "ACCOUNT");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

const struct argp cmd_pause_argp = {.options = option_table,
                                    .parser = on_option,
                                    .args_doc = "ACCOUNT",
                                    .doc = doc,
                                    .children = args_children};

static void print(const struct options *o) {
    char shown[TEXT_SHOWN_BYTES], date[CLOCK_RFC3339_BYTES];
    text_show(o->account, 64, shown);
    if (o->for_ms > 0)
        printf("account %s: paused until %s; `ttsq resume %s` ends it\n", shown,
               clock_rfc3339(clock_wall_ms() + o->for_ms, date), shown);
    else
        printf("account %s: paused until `ttsq resume %s`\n", shown, shown);
}

int cmd_pause(int argc, char **argv) {
    struct options o = {.reason = "paused by a person"};
    args_parse(&cmd_pause_argp, argc, argv, &o);
    struct session s;
    struct err e;
    char reason[TEXT_SHOWN_BYTES];
    bool ok = session_open(&s, SESSION_CREATE, &e) && session_account(&s, o.account, &e) &&
              store_pause(s.store, o.account, o.for_ms,
                          text_show(o.reason, REASON_BYTES_MAX, reason), &e);
    if (ok)
        print(&o);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
