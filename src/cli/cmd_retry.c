/* cmd_retry.c: `ttsq retry`: jobs that ended badly become ready again. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/text.h"

enum { OPTION_FAILED = 0x100, OPTION_HELD, OPTION_CANCELLED };

struct options {
    const char *batch;
    unsigned states;
};

static const struct argp_option option_table[] = {
    {"failed", OPTION_FAILED, NULL, 0, "Jobs that failed", 0},
    {"held", OPTION_HELD, NULL, 0, "Jobs that wait for a person (maybe billed already)", 0},
    {"cancelled", OPTION_CANCELLED, NULL, 0, "Jobs that were cancelled", 0},
    {0},
};

static const char doc[] = "Make jobs of a batch ready again, with fresh counters.\n"
                          "\n"
                          "  ttsq retry chapter-1 --failed\n"
                          "  ttsq retry chapter-1 --failed --held\n";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_FAILED:
        o->states |= JOB_BIT(JOB_FAILED);
        return 0;
    case OPTION_HELD:
        o->states |= JOB_BIT(JOB_HELD);
        return 0;
    case OPTION_CANCELLED:
        o->states |= JOB_BIT(JOB_CANCELLED);
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        if (o->states == 0)
            argp_error(state, "say which: --failed, --held or --cancelled");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool retry(struct session *s, const struct options *o, struct err *e) {
    int64_t batch_id, changed;
    struct session_counts counts;
    char shown[TEXT_SHOWN_BYTES];
    text_word(o->batch, shown);
    if (!session_batch(s, o->batch, &batch_id, e) || !session_counts(s, batch_id, &counts, e) ||
        !store_retry(s->store, batch_id, o->states, &changed, e))
        return false;
    if (changed == 0)
        return err_set(e, ERR_NOT_FOUND, "no such jobs in %.300s; `ttsq status` shows its counts",
                       shown);
    printf("%" PRId64 " %s of %s %s ready again\n", changed, changed == 1 ? "job" : "jobs", shown,
           changed == 1 ? "is" : "are");
    if (counts.uncertain_attempts)
        cli_say("%" PRId64 " earlier calls of this batch may have been billed",
                counts.uncertain_attempts);
    cli_say("next: `ttsq wait %s`", shown);
    service_hint(s->config->fleet);
    return true;
}

int cmd_retry(int argc, char **argv) {
    const struct argp argp = {.options = option_table,
                              .parser = on_option,
                              .args_doc = "BATCH",
                              .doc = doc,
                              .children = args_children};
    struct options o = {0};
    args_parse(&argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && retry(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
