/* cmd_cancel.c: `ttsq cancel`: a batch's open jobs end. */
#include <inttypes.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/view/text.h"

static const char doc[] =
    "Cancel the jobs of a batch that have not ended. What is done stays.\n"
    "\n"
    "  ttsq cancel chapter-1\n"
    "  ttsq cancel chapter-1 --job 17\n"
    "\v"
    "Calls that are being made go on to their end and are billed; their answers are kept, so that "
    "`ttsq retry BATCH --cancelled` pays for none of them again.";

/* What its calls have cost, and may still. */
static void say_money(const struct session_counts *c) {
    char spent[PRICE_MONEY_BYTES], open[PRICE_MONEY_BYTES];
    if (c->spent_micros + c->reserved_micros == 0)
        return;
    price_money_text(c->spent_micros, spent);
    if (c->reserved_micros)
        cli_say("its calls have cost %s %s; those that are being made may cost %s more", spent,
                c->currency, price_money_text(c->reserved_micros, open));
    else
        cli_say("its calls have cost %s %s", spent, c->currency);
}

static bool cancel(struct session *s, const struct pick *p, struct err *e) {
    struct session_counts counts;
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    if (!pick_change(s, p, STORE_CANCEL, &counts, &changed, e))
        return false;
    if (pick_say_already(p, &changed, "cancelled"))
        return true;
    pick_say(p, &changed, "cancelled");
    text_word(p->batch, shown);
    if (counts.count[JOB_DONE])
        cli_say("%" PRId64 " jobs were done and stay: `ttsq get %s --partial -o DIR`",
                counts.count[JOB_DONE], shown);
    if (counts.uncertain_attempts)
        cli_say("%" PRId64 " earlier calls of this batch may have been billed",
                counts.uncertain_attempts);
    if (changed.in_flight)
        cli_say("%" PRId64
                " calls are being made or about to be; their answers are kept for a retry",
                changed.in_flight);
    say_money(&counts);
    if (!p->dry_run)
        cli_say("`ttsq retry %s --cancelled` makes them ready again", shown);
    return true;
}

const struct argp cmd_cancel_argp = {
    .parser = pick_only, .args_doc = "BATCH", .doc = doc, .children = pick_children};

int cmd_cancel(int argc, char **argv) {
    struct pick pick = {0};
    args_parse(&cmd_cancel_argp, argc, argv, &pick);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) && cancel(&s, &pick, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
