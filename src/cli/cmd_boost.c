/* cmd_boost.c: `ttsq boost`: how much of its account a batch gets. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/intake/load.h"
#include "cli/session.h"
#include "cli/view/text.h"

enum { OPTION_WEIGHT = 0x100, OPTION_PRIORITY };

struct options {
    const char *batch;
    unsigned what;
    struct store_plan plan;
};

static const struct argp_option option_table[] = {
    {"weight", OPTION_WEIGHT, "N", 0,
     "Share among batches of equal priority, 1 to 1000; as N alone", 0},
    {"priority", OPTION_PRIORITY, "N", 0, "Above all batches of lower priority (default is 0)", 0},
    {0},
};

static const char doc[] =
    "Show or change how much of its account a batch gets, while it runs.\n"
    "\n"
    "  ttsq boost chapter-1                 show\n"
    "  ttsq boost chapter-1 3               three times the characters of weight 1\n"
    "  ttsq boost chapter-1 --priority 1    before all others\n"
    "\v"
    "Batches of a lower priority wait until those above have nothing to do. It takes effect with "
    "the next call and survives restarts. Calls in flight are not touched. "
    "`ttsq cap BATCH N` limits a batch, `ttsq hold BATCH` stops it.";

static void take_weight(struct argp_state *state, const char *what, const char *text) {
    struct options *o = state->input;
    if (o->what & STORE_PLAN_WEIGHT)
        argp_error(state, "the weight is said twice; say it once");
    o->plan.weight = args_number(state, what, text, 1, LOAD_WEIGHT_MAX);
    o->what |= STORE_PLAN_WEIGHT;
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_WEIGHT:
        take_weight(state, "--weight", text);
        return 0;
    case OPTION_PRIORITY:
        o->plan.priority =
            args_number(state, "--priority", text, -RECORDS_PRIORITY_MAX, RECORDS_PRIORITY_MAX);
        o->what |= STORE_PLAN_PRIORITY;
        return 0;
    case ARGP_KEY_ARG:
        if (!o->batch)
            o->batch = text;
        else
            take_weight(state, "N", text);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void say_one(const char *what, bool is_set, int64_t now, int64_t before) {
    printf("%s %" PRId64, what, is_set ? now : before);
    if (is_set && now == before)
        printf(" already");
    else if (is_set)
        printf(" (was %" PRId64 ")", before);
}

static void say(const char *batch, const struct options *o, const struct store_plan *before) {
    printf("batch %s: ", batch);
    say_one("weight", o->what & STORE_PLAN_WEIGHT, o->plan.weight, before->weight);
    say_one(", priority", o->what & STORE_PLAN_PRIORITY, o->plan.priority, before->priority);
    putchar('\n');
}

/* What of it is not as it was. */
static unsigned changed(const struct options *o, const struct store_plan *before) {
    unsigned weight = o->plan.weight == before->weight ? 0 : STORE_PLAN_WEIGHT;
    unsigned priority = o->plan.priority == before->priority ? 0 : STORE_PLAN_PRIORITY;
    return o->what & (weight | priority);
}

/* The command that brings back what was. */
static void say_undo(const char *batch, unsigned what, const struct store_plan *before) {
    char weight[32] = "", priority[40] = "";
    if (what & STORE_PLAN_WEIGHT)
        (void)snprintf(weight, sizeof weight, " --weight %" PRId64, before->weight);
    if (what & STORE_PLAN_PRIORITY)
        (void)snprintf(priority, sizeof priority, " --priority %" PRId64, before->priority);
    cli_say("`ttsq boost %s%s%s` undoes it", batch, weight, priority);
}

static bool boost(struct session *s, const struct options *o, struct err *e) {
    struct store_plan before;
    int64_t batch_id;
    char shown[TEXT_SHOWN_BYTES];
    if (!session_batch(s, o->batch, &batch_id, e) ||
        !store_batch_plan(s->store, batch_id, o->what, &o->plan, &before, e))
        return false;
    text_word(o->batch, shown);
    say(shown, o, &before);
    if (changed(o, &before))
        say_undo(shown, changed(o, &before), &before);
    return true;
}

const struct argp cmd_boost_argp = {.options = option_table,
                                    .parser = on_option,
                                    .args_doc = "BATCH [N]",
                                    .doc = doc,
                                    .children = args_children};

int cmd_boost(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_boost_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, o.what ? SESSION_WRITE : SESSION_READ, &e) && boost(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
