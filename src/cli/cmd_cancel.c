/* cmd_cancel.c: `ttsq cancel`: a batch's open jobs end. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/text.h"

static const char doc[] =
    "Cancel every job of a batch that has not ended. What is done stays.\n"
    "\n"
    "  ttsq cancel chapter-1\n"
    "\v"
    "Calls that are being made go on to their end and are billed; their answers are not kept.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    const char **batch = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        args_take_one(state, text, batch);
        return 0;
    case ARGP_KEY_END:
        args_need(state, *batch, "BATCH");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool cancel(struct session *s, const char *batch, struct err *e) {
    int64_t batch_id, changed, in_flight;
    char shown[TEXT_SHOWN_BYTES];
    text_word(batch, shown);
    if (!session_batch(s, batch, &batch_id, e) ||
        !store_cancel(s->store, batch_id, &changed, &in_flight, e))
        return false;
    printf("%" PRId64 " %s of %s cancelled\n", changed, changed == 1 ? "job" : "jobs", shown);
    if (in_flight)
        cli_say("%" PRId64 " calls are being made and go on; their answers are not kept",
                in_flight);
    if (changed)
        cli_say("`ttsq retry %s --cancelled` undoes it", shown);
    return true;
}

int cmd_cancel(int argc, char **argv) {
    const struct argp argp = {
        .parser = on_option, .args_doc = "BATCH", .doc = doc, .children = args_children};
    const char *batch = NULL;
    args_parse(&argp, argc, argv, &batch);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && cancel(&s, batch, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
