/* cmd_rate.c: `ttsq rate`: how many requests an account makes in a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"
#include "config/value.h"

#define NO_RATE "none" /* as of `ttsq cap` and `ttsq budget`; "off" is the older word */

struct options {
    const char *account, *rate; /* rate NULL = show */
    int64_t interval_us;        /* 0 = no limit */
};

static const char doc[] =
    "Show or set how many requests an account makes in a time.\n"
    "\n"
    "  ttsq rate main               show\n"
    "  ttsq rate main 600/min       set, for running workers too; also 10/s, 5000/h\n"
    "  ttsq rate main none          no limit\n"
    "\v"
    "It takes effect at once, survives restarts, and stays until it is set again or the configured "
    "value itself changes. How many may go at once after a quiet time is rate_burst of the "
    "configuration.";

static bool is_no_rate(const char *text) {
    return strcmp(text, NO_RATE) == 0 || strcmp(text, "off") == 0;
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            o->account = text;
        else if (state->arg_num == 1)
            o->rate = text;
        else
            argp_error(state, "unexpected argument '%s'", text);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->account, "ACCOUNT");
        if (o->rate && !is_no_rate(o->rate) && !value_rate_us(o->rate, &o->interval_us))
            argp_error(state, "RATE is like 10/s, 600/min or 5000/h, or " NO_RATE ": not '%s'",
                       o->rate);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cmd_rate_argp = {
    .parser = on_option, .args_doc = "ACCOUNT [RATE|none]", .doc = doc, .children = args_children};

struct found {
    const char *account;
    int64_t interval_us;
};

static void find(const struct store_account_row *row, void *arg) {
    struct found *f = arg;
    if (strcmp(row->name, f->account) == 0)
        f->interval_us = row->rate_interval_us;
}

static bool show(struct session *s, const struct options *o, const char *shown, struct err *e) {
    struct found f = {.account = o->account};
    struct store_reader reader = {.account = find, .arg = &f};
    char text[TEXT_RATE_BYTES];
    if (!store_status(s->store, 0, &reader, e))
        return false;
    printf("account %s: rate %s", shown, text_rate(f.interval_us, text));
    const struct config_account *settings = config_account(s->config, o->account);
    if (settings && settings->rate_interval_us != f.interval_us)
        printf("; the settings say %s", text_rate(settings->rate_interval_us, text));
    putchar('\n');
    return true;
}

static bool set(struct session *s, const struct options *o, const char *shown, struct err *e) {
    char now[TEXT_RATE_BYTES], then[TEXT_RATE_BYTES];
    int64_t before_us;
    if (!store_rate(s->store, o->account, o->interval_us, o->rate, &before_us, e))
        return false;
    if (before_us == o->interval_us) {
        printf("account %s: rate %s already\n", shown, text_rate(before_us, then));
        return true;
    }
    printf("account %s: rate %s (was %s)\n", shown, text_rate(o->interval_us, now),
           text_rate(before_us, then));
    cli_say("`ttsq rate %s %s` undoes it", shown, before_us ? then : NO_RATE);
    return true;
}

int cmd_rate(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_rate_argp, argc, argv, &o);
    struct session s;
    struct err e;
    char shown[TEXT_SHOWN_BYTES];
    bool ok = session_open(&s, o.rate ? SESSION_CREATE : SESSION_READ, &e) &&
              session_account(&s, o.account, &e);
    if (ok) {
        text_word(o.account, shown);
        ok = o.rate ? set(&s, &o, shown, &e) : show(&s, &o, shown, &e);
    }
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
