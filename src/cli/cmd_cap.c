/* cmd_cap.c: `ttsq cap`: how many calls an account, or a batch of it, makes at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"

#define NO_CAP "none"

struct options {
    const char *name, *number;
    int64_t cap;
    bool account, batch; /* which of the two the name is, when it is both */
};

static const struct argp_option option_table[] = {
    {"account", ARGS_FLAG(struct options, account), NULL, 0,
     "NAME is an account, though a batch has it, too", 0},
    {"batch", ARGS_FLAG(struct options, batch), NULL, 0,
     "NAME is a batch, though an account has it, too", 0},
    {0},
};

static const char doc[] =
    "Show or set how many calls an account, or one batch of it, makes at a time.\n"
    "\n"
    "  ttsq cap main                show\n"
    "  ttsq cap main 5              set, for running workers too\n"
    "  ttsq cap chapter-1 2         at most two calls of its account\n"
    "  ttsq cap chapter-1 none      as many as its account makes\n"
    "\v"
    "It takes effect at once and survives restarts. An account's stays until it is set again or "
    "the configured value itself changes, which `ttsq log` tells. Calls in flight above a lowered "
    "cap finish.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (!o->name)
            o->name = text;
        else
            args_take_one(state, text, &o->number);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->name, "ACCOUNT or BATCH");
        if (o->account && o->batch)
            argp_error(state, "--account or --batch, not both");
        if (o->number && strcmp(o->number, NO_CAP) != 0)
            o->cap = args_number(state, "N", o->number, 1, CONFIG_CAP_MAX);
        return 0;
    default:
        return args_remember(key, text, state);
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

/* ---- of an account ---- */

static bool cap_account(struct session *s, const struct options *o, struct err *e) {
    struct found f = {.account = o->name};
    struct store_reader reader = {.account = find, .arg = &f};
    char shown[TEXT_SHOWN_BYTES];
    text_word(o->name, shown);
    if (!store_status(s->store, 0, &reader, e))
        return false;
    if (o->number && o->cap == 0)
        return err_set(e, ERR_USAGE, "%.300s is an account: its cap is a number from 1 to %d",
                       shown, CONFIG_CAP_MAX);
    if (!o->number) {
        printf("account %s: cap %" PRId64 ", %" PRId64 " in flight", shown, f.cap, f.in_flight);
        if (f.effective_cap < f.cap)
            printf(", effective cap %" PRId64, f.effective_cap);
        const struct config_account *settings = config_account(s->config, o->name);
        if (settings && settings->cap != f.cap)
            printf("; the settings say %" PRId64, settings->cap);
        putchar('\n');
        return true;
    }
    int64_t before;
    if (!store_cap(s->store, o->name, o->cap, &before, e))
        return false;
    if (before == o->cap) {
        printf("account %s: cap %" PRId64 " already\n", shown, before);
        return true;
    }
    printf("account %s: cap %" PRId64 " (was %" PRId64 ")\n", shown, o->cap, before);
    cli_say("`ttsq cap %s %" PRId64 "` undoes it", shown, before);
    return true;
}

/* ---- of a batch ---- */

#define CAP_BYTES 24

static const char *cap_text(int64_t cap, char out[CAP_BYTES]) {
    if (cap == 0)
        (void)snprintf(out, CAP_BYTES, NO_CAP);
    else
        (void)snprintf(out, CAP_BYTES, "%" PRId64, cap);
    return out;
}

static bool cap_batch(struct session *s, const struct options *o, int64_t batch_id, struct err *e) {
    const struct store_plan plan = {.cap = o->cap};
    struct store_plan before;
    char shown[TEXT_SHOWN_BYTES], now[CAP_BYTES], was[CAP_BYTES];
    if (!store_batch_plan(s->store, batch_id, o->number ? STORE_PLAN_CAP : 0, &plan, &before, e))
        return false;
    text_word(o->name, shown);
    cap_text(before.cap, was);
    if (!o->number) {
        printf("batch %s: cap %s, %" PRId64 " in flight\n", shown, was, before.running);
        return true;
    }
    if (before.cap == o->cap) {
        printf("batch %s: cap %s already\n", shown, was);
        return true;
    }
    printf("batch %s: cap %s (was %s)\n", shown, cap_text(o->cap, now), was);
    cli_say("`ttsq cap %s %s` undoes it", shown, was);
    return true;
}

/* Accounts and batches have names of their own; one that is both has to be told apart. */
static bool cap(struct session *s, const struct options *o, struct err *e) {
    int64_t account_id, batch_id = 0;
    char shown[TEXT_SHOWN_BYTES];
    struct err ignored;
    bool account = !o->batch && store_account_id(s->store, o->name, &account_id, &ignored);
    bool batch = !o->account && store_batch_by_name(s->store, o->name, &batch_id, &ignored);
    if (account && batch)
        return err_set(e, ERR_USAGE, "'%s' is an account and a batch; say --account or --batch",
                       text_show(o->name, 64, shown));
    if (account)
        return cap_account(s, o, e);
    if (batch)
        return cap_batch(s, o, batch_id, e);
    if (o->batch)
        return session_batch(s, o->name, &batch_id, e);
    return o->account ? session_account(s, o->name, e) : session_neither(s, o->name, e);
}

const struct argp cmd_cap_argp = {.options = option_table,
                                  .parser = on_option,
                                  .args_doc = "ACCOUNT|BATCH [N|none]",
                                  .doc = doc,
                                  .children = args_children};

int cmd_cap(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_cap_argp, argc, argv, &o);
    struct session s;
    struct err e;
    enum session_mode mode = o.number ? SESSION_CREATE : SESSION_READ;
    bool ok = session_open(&s, mode, &e) && cap(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
