/* cmd_cap.c: `ttsq cap`: how many calls an account makes at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/text.h"

struct options {
    const char *account;
    int64_t cap; /* 0 = show */
};

static const char doc[] =
    "Show or set how many calls an account makes at a time.\n"
    "\n"
    "  ttsq cap main                show\n"
    "  ttsq cap main 5              set, for running workers too\n"
    "\v"
    "It takes effect at once, survives restarts, and stays until it is set again or the configured "
    "value itself changes. Calls in flight above a lowered cap finish.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            o->account = text;
        else if (state->arg_num == 1)
            o->cap = args_number(state, "N", text, 1, CONFIG_CAP_MAX);
        else
            argp_error(state, "unexpected argument '%s'", text);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->account, "ACCOUNT");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

struct found {
    const char *account;
    int64_t cap, effective_cap, in_flight;
};

static void find(const struct store_account_row *row, void *arg) {
    struct found *f = arg;
    if (strcmp(row->name, f->account) != 0)
        return;
    f->cap = row->cap;
    f->effective_cap = row->effective_cap;
    f->in_flight = row->in_flight;
}

static bool cap(struct session *s, const struct options *o, struct err *e) {
    struct found f = {.account = o->account};
    struct store_reader reader = {.account = find, .arg = &f};
    char shown[TEXT_SHOWN_BYTES];
    text_show(o->account, 64, shown);
    if (!session_account(s, o->account, e) || !store_status(s->store, 0, &reader, e))
        return false;
    if (o->cap == 0) {
        printf("account %s: cap %" PRId64 ", %" PRId64 " in flight", shown, f.cap, f.in_flight);
        if (f.effective_cap < f.cap)
            printf(", effective cap %" PRId64, f.effective_cap);
        putchar('\n');
        return true;
    }
    int64_t before;
    if (!store_cap(s->store, o->account, o->cap, &before, e))
        return false;
    printf("account %s: cap %" PRId64 " (was %" PRId64 ")\n", shown, o->cap, before);
    return true;
}

const struct argp cmd_cap_argp = {
    .parser = on_option, .args_doc = "ACCOUNT [N]", .doc = doc, .children = args_children};

int cmd_cap(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_cap_argp, argc, argv, &o);
    struct session s;
    struct err e;
    enum session_mode mode = o.cap ? SESSION_CREATE : SESSION_READ;
    bool ok = session_open(&s, mode, &e) && cap(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
