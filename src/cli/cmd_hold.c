/* cmd_hold.c: `ttsq hold` and `ttsq release`: jobs that wait for a person, and do no longer. */
#include <inttypes.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/service.h"
#include "cli/view/text.h"

static const char hold_doc[] =
    "Keep jobs of a batch from being called for, until they are released.\n"
    "\n"
    "  ttsq hold chapter-1\n"
    "  ttsq hold chapter-1 --job 17\n"
    "\v"
    "Calls that are being made go on, and their answers are kept.";

static const char release_doc[] =
    "Make held jobs of a batch ready again: those that a person held, and those whose call may "
    "have "
    "been billed already.\n"
    "\n"
    "  ttsq release chapter-1\n"
    "  ttsq release chapter-1 --why 'maybe billed'\n"
    "\v"
    "Attempts that count towards retry.max go on counting; `ttsq retry --held` starts afresh.";

static bool hold(struct session *s, const struct pick *p, struct err *e) {
    struct session_counts counts;
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    if (!pick_change(s, p, 0, STORE_HOLD, &counts, &changed, e))
        return false;
    pick_say(p, &changed, "held");
    if (counts.count[JOB_RUNNING])
        cli_say("%" PRId64 " calls are being made and go on", counts.count[JOB_RUNNING]);
    if (changed.jobs && !p->dry_run)
        cli_say("`ttsq release %s` undoes it", text_word(p->batch, shown));
    return true;
}

static bool release(struct session *s, const struct pick *p, struct err *e) {
    struct session_counts counts;
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    if (!pick_change(s, p, 0, STORE_RELEASE, &counts, &changed, e))
        return false;
    pick_say(p, &changed, "ready again");
    if (counts.uncertain_attempts)
        cli_say("%" PRId64 " earlier calls of this batch may have been billed",
                counts.uncertain_attempts);
    if (p->dry_run)
        return true;
    cli_say("next: `ttsq wait %s`", text_word(p->batch, shown));
    service_hint(s->config->fleet);
    return true;
}

static int run(int argc, char **argv, const struct argp *argp,
               bool (*change)(struct session *, const struct pick *, struct err *)) {
    struct pick pick = {0};
    args_parse(argp, argc, argv, &pick);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && change(&s, &pick, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}

const struct argp cmd_hold_argp = {
    .parser = pick_only, .args_doc = "BATCH", .doc = hold_doc, .children = pick_children};

int cmd_hold(int argc, char **argv) {
    return run(argc, argv, &cmd_hold_argp, hold);
}

const struct argp cmd_release_argp = {
    .parser = pick_only, .args_doc = "BATCH", .doc = release_doc, .children = pick_children};

int cmd_release(int argc, char **argv) {
    return run(argc, argv, &cmd_release_argp, release);
}
