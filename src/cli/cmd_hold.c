/* cmd_hold.c: `ttsq hold` and `ttsq release`: jobs that wait for a person, and do no longer. */
#include <inttypes.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/service.h"
#include "cli/view/text.h"

struct release_options {
    struct pick pick;
    bool now;
};

static const struct argp_option release_table[] = {
    {"now", ARGS_FLAG(struct release_options, now), NULL, 0,
     "At once, and also those that wait for --at, --delay or another try", 0},
    {0},
};

static const char hold_doc[] =
    "Keep jobs of a batch from being called for, until they are released.\n"
    "\n"
    "  ttsq hold chapter-1\n"
    "  ttsq hold chapter-1 --job 17\n"
    "\v"
    "Calls that are being made go on, and their answers are kept; what they leave to be done, as "
    "another try or the next piece of a long text, waits for the release, too.";

static const char release_doc[] =
    "Make held jobs of a batch ready again: those that a person held, and those whose call may "
    "have been billed already.\n"
    "\n"
    "  ttsq release chapter-1\n"
    "  ttsq release chapter-1 --why 'maybe billed'\n"
    "  ttsq release chapter-1 --now      before its time has come\n"
    "\v"
    "Jobs that were held before their time had come wait for it again, but with --now. "
    "Attempts that count towards retry.max go on counting; `ttsq retry --held` starts afresh.";

static bool hold(struct session *s, const struct pick *p, struct err *e) {
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    if (!pick_change(s, p, STORE_HOLD, NULL, &changed, e))
        return false;
    if (pick_say_already(p, &changed, "held"))
        return true;
    struct store_changed held = changed;
    held.jobs -= changed.in_flight;
    pick_say(p, &held, "held");
    if (changed.in_flight)
        cli_say("%" PRId64
                " calls are being made or about to be; what they leave to be done is held",
                changed.in_flight);
    if (!p->dry_run)
        cli_say("`ttsq release %s` undoes it", text_word(p->batch, shown));
    return true;
}

static bool release(struct session *s, const struct release_options *o, struct err *e) {
    struct session_counts counts;
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    const struct pick *p = &o->pick;
    if (!pick_change(s, p, o->now ? STORE_START : STORE_RELEASE, &counts, &changed, e))
        return false;
    if (pick_say_already(p, &changed, "released"))
        return true;
    struct store_changed ready = changed;
    ready.jobs -= changed.waiting + changed.in_flight;
    pick_say(p, &ready, o->now ? "ready now" : "ready again");
    pick_say_waiting(p, &changed);
    if (changed.in_flight)
        cli_say("%" PRId64 " calls are being made or about to be, and their jobs go on",
                changed.in_flight);
    if (counts.uncertain_attempts)
        cli_say("%" PRId64 " earlier calls of this batch may have been billed",
                counts.uncertain_attempts);
    if (p->dry_run)
        return true;
    cli_say("next: `ttsq wait %s`", text_word(p->batch, shown));
    service_hint(s->config);
    return true;
}

static error_t on_release_option(int key, char *text, struct argp_state *state) {
    struct release_options *o = state->input;
    if (key != ARGP_KEY_INIT)
        return args_remember(key, text, state);
    pick_begin(state, &o->pick);
    return 0;
}

const struct argp cmd_hold_argp = {
    .parser = pick_only, .args_doc = "BATCH", .doc = hold_doc, .children = pick_children};

int cmd_hold(int argc, char **argv) {
    struct pick pick = {0};
    args_parse(&cmd_hold_argp, argc, argv, &pick);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && hold(&s, &pick, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}

const struct argp cmd_release_argp = {.options = release_table,
                                      .parser = on_release_option,
                                      .args_doc = "BATCH",
                                      .doc = release_doc,
                                      .children = pick_children};

int cmd_release(int argc, char **argv) {
    struct release_options o = {0};
    args_parse(&cmd_release_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && release(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
