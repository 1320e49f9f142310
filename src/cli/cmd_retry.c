/* cmd_retry.c: `ttsq retry`: jobs that ended badly become ready again. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/care/lost.h"
#include "cli/cli.h"
#include "cli/pick.h"
#include "cli/service.h"
#include "cli/view/ending.h"
#include "cli/view/text.h"

enum { OPTION_FAILED = 0x100, OPTION_HELD, OPTION_CANCELLED };

struct options {
    struct pick pick;
    bool damaged, ending;
};

static const struct argp_option option_table[] = {
    {"failed", OPTION_FAILED, NULL, 0, "Jobs that failed", 0},
    {"held", OPTION_HELD, NULL, 0, "Jobs that wait for a person (maybe billed)", 0},
    {"cancelled", OPTION_CANCELLED, NULL, 0, "Jobs that were cancelled", 0},
    {"damaged", ARGS_FLAG(struct options, damaged), NULL, 0,
     "Done jobs whose answer is gone or not what was stored: each is read and checked", 0},
    {"ending", ARGS_FLAG(struct options, ending), NULL, 0,
     "No jobs, but the program or webhook of the batch's end that was given up", 0},
    {0},
};

static const char doc[] = "Make jobs of a batch ready again, with fresh counters.\n"
                          "\n"
                          "  ttsq retry chapter-1 --failed\n"
                          "  ttsq retry chapter-1 --failed --why 'HTTP 500' --dry-run\n"
                          "  ttsq retry chapter-1 --failed --code 5xx --since 8h\n"
                          "  ttsq retry chapter-1 --job 17\n"
                          "  ttsq retry chapter-1 --damaged --dry-run\n"
                          "  ttsq retry chapter-1 --ending     tell its end again\n";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        pick_begin(state, &o->pick);
        return 0;
    case OPTION_FAILED:
        o->pick.states |= JOB_BIT(JOB_FAILED);
        return 0;
    case OPTION_HELD:
        o->pick.states |= JOB_BIT(JOB_HELD);
        return 0;
    case OPTION_CANCELLED:
        o->pick.states |= JOB_BIT(JOB_CANCELLED);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (o->ending && (o->pick.states || pick_is_filter(&o->pick) || o->damaged))
            argp_error(state, "--ending is about no job: say it alone");
        if (o->pick.states == 0 && o->pick.job == 0 && !o->damaged && !o->ending)
            argp_error(state, "say which: --failed, --held, --cancelled, --damaged, --job or "
                              "--ending");
        if (o->damaged && (o->pick.states || o->pick.why))
            argp_error(state, "--damaged is about done jobs, which have no reason: say it alone");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

/* Jobs that were cancelled during a call are not called again. */
static void say_changed(const struct options *o, const struct store_changed *changed) {
    struct store_changed ready = *changed;
    ready.jobs -= changed->in_flight + changed->kept + changed->waiting;
    pick_say(&o->pick, &ready, "ready again");
    pick_say_waiting(&o->pick, changed);
    if (changed->kept == 1)
        puts("1 has its answer already: its call was answered after it was cancelled");
    if (changed->kept > 1)
        printf("%" PRId64 " have their answers already: their calls were answered after they were "
               "cancelled\n",
               changed->kept);
    if (changed->in_flight == 1)
        puts("1 is still in flight: its answer is waited for");
    if (changed->in_flight > 1)
        printf("%" PRId64 " are still in flight: their answers are waited for\n",
               changed->in_flight);
}

static bool retry(struct session *s, const struct options *o, struct err *e) {
    struct session_counts counts;
    struct store_changed changed;
    char shown[TEXT_SHOWN_BYTES];
    if (!pick_change(s, &o->pick, STORE_RETRY, &counts, &changed, e))
        return false;
    if (pick_say_already(&o->pick, &changed, "ready or on the way"))
        return true;
    say_changed(o, &changed);
    if (counts.uncertain_attempts)
        cli_say("%" PRId64 " earlier calls of this batch may have been billed",
                counts.uncertain_attempts);
    if (o->pick.dry_run)
        return true;
    cli_say("next: `ttsq wait %s`", text_word(o->pick.batch, shown));
    service_hint(s->config);
    return true;
}

static bool retry_damaged(struct session *s, const struct options *o, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    int64_t jobs = 0;
    if (!lost_ask_again(s, &o->pick, &jobs, e))
        return false;
    if (jobs == 0 || o->pick.dry_run)
        return true;
    cli_say("next: `ttsq wait %s`", text_word(o->pick.batch, shown));
    service_hint(s->config);
    return true;
}

const struct argp cmd_retry_argp = {.options = option_table,
                                    .parser = on_option,
                                    .args_doc = "BATCH",
                                    .doc = doc,
                                    .children = pick_children};

int cmd_retry(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_retry_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_WRITE, &e) &&
              (o.ending    ? ending_again(&s, o.pick.batch, o.pick.dry_run, &e)
               : o.damaged ? retry_damaged(&s, &o, &e)
                           : retry(&s, &o, &e));
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
