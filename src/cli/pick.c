/* pick.c: see pick.h. */
#include "cli/pick.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/when.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/view/text.h"

enum { OPTION_JOB = 0x300, OPTION_CODE, OPTION_SINCE };

#define STATUS_MIN 100
#define STATUS_MAX 599

static const struct argp_option option_table[] = {
    {"job", OPTION_JOB, "JOB", 0, "Only the job of this number (see `ttsq list`)", 0},
    {"why", ARGS_TEXT(struct pick, why), "TEXT", 0,
     "Only jobs whose reason holds TEXT, such as 'HTTP 500'", 0},
    {"code", OPTION_CODE, "CODE", 0,
     "Only jobs whose newest call had this HTTP status: 429, or 5xx for all of them; timeout: no "
     "answer in time",
     0},
    {"error", ARGS_TEXT(struct pick, error), "TEXT", 0,
     "Only jobs whose newest call holds TEXT in its error", 0},
    {"since", OPTION_SINCE, "TIME", 0, "Only jobs whose newest call ended within TIME: 30m, 8h", 0},
    {"dry-run", ARGS_FLAG(struct pick, dry_run), NULL, 0, "Say how many, change nothing", 0},
    {0},
};

/* "429", "5xx", "timeout". */
static void take_code(struct argp_state *state, const char *text, struct pick *p) {
    p->code = text;
    if (strcmp(text, "timeout") == 0) {
        p->error = "timeout"; /* as provider/outcome.h calls them */
        p->error_or = "for too long";
        return;
    }
    bool is_class =
        strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0;
    p->status_from = is_class ? (text[0] - '0') * 100
                              : args_number(state, "--code", text, STATUS_MIN, STATUS_MAX);
    p->status_to = is_class ? p->status_from + 99 : p->status_from;
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct pick *p = state->input;
    switch (key) {
    case OPTION_JOB:
        p->job = args_number(state, "--job", text, 1, INT64_MAX);
        return 0;
    case OPTION_CODE:
        take_code(state, text, p);
        return 0;
    case OPTION_SINCE:
        p->since_ms = clock_wall_ms() - args_duration_ms(state, "--since", text);
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &p->batch);
        return 0;
    case ARGP_KEY_END:
        if (p->error_or && strcmp(p->error, "timeout") != 0)
            argp_error(state, "--code timeout or --error, not both");
        args_need(state, p->batch, "BATCH");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

static const struct argp pick_argp = {.options = option_table, .parser = on_option};
const struct argp_child pick_children[] = {{.argp = &pick_argp}, {.argp = &args_help}, {0}};

void pick_begin(struct argp_state *state, struct pick *pick) {
    state->child_inputs[0] = pick;
}

error_t pick_only(int key, char *text, struct argp_state *state) {
    (void)text;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    pick_begin(state, state->input);
    return 0;
}

static bool nothing(const struct pick *p, struct err *e) {
    char shown[TEXT_SHOWN_BYTES], why[TEXT_SHOWN_BYTES];
    text_word(p->batch, shown);
    if (p->job)
        return err_set(e, ERR_NOT_FOUND,
                       "job %" PRId64 " is not such a job of %.300s; `ttsq show %" PRId64 "` tells",
                       p->job, shown, p->job);
    if (p->code || p->error || p->since_ms)
        return err_set(e, ERR_NOT_FOUND,
                       "no such jobs in %.300s by how their newest call ended; `ttsq list %.300s` "
                       "shows them",
                       shown, shown);
    if (p->why)
        return err_set(
            e, ERR_NOT_FOUND,
            "no such jobs in %.300s with '%.100s' in their reason; `ttsq list` shows them", shown,
            text_show(p->why, 60, why));
    return err_set(e, ERR_NOT_FOUND, "no such jobs in %.300s; `ttsq status` shows its counts",
                   shown);
}

bool pick_is_filter(const struct pick *p) {
    return p->job || p->why || p->code || p->error || p->since_ms;
}

bool pick_change(struct session *s, const struct pick *p, enum store_change change,
                 struct session_counts *counts, struct store_changed *out, struct err *e) {
    struct store_selection selection = {.job_id = p->job,
                                        .state_mask = p->states,
                                        .why = p->why,
                                        .status_from = p->status_from,
                                        .status_to = p->status_to,
                                        .error = p->error,
                                        .error_or = p->error_or,
                                        .since_ms = p->since_ms};
    if (!session_batch(s, p->batch, &selection.batch_id, e) ||
        (counts && !session_counts(s, selection.batch_id, counts, e)) ||
        !store_change(s->store, &selection, change, p->dry_run, out, e))
        return false;
    bool names_all = p->states == 0 && !pick_is_filter(p);
    return out->jobs > 0 || out->already > 0 || names_all || nothing(p, e);
}

bool pick_say_already(const struct pick *p, const struct store_changed *changed, const char *what) {
    char shown[TEXT_SHOWN_BYTES];
    text_word(p->batch, shown);
    if (changed->jobs > 0)
        return false;
    if (changed->already > 0)
        printf("%" PRId64 " %s of %s %s %s already\n", changed->already,
               changed->already == 1 ? "job" : "jobs", shown, changed->already == 1 ? "is" : "are",
               what);
    else
        printf("all jobs of %s have ended: nothing %s changed\n", shown,
               p->dry_run ? "would be" : "is");
    return true;
}

void pick_say(const struct pick *p, const struct store_changed *changed, const char *what) {
    char shown[TEXT_SHOWN_BYTES];
    bool one = changed->jobs == 1;
    printf("%" PRId64 " %s of %s %s %s\n", changed->jobs, one ? "job" : "jobs",
           text_word(p->batch, shown),
           p->dry_run ? "would be"
           : one      ? "is"
                      : "are",
           what);
}

void pick_say_waiting(const struct pick *p, const struct store_changed *changed) {
    char shown[TEXT_SHOWN_BYTES], when[WHEN_TEXT_BYTES];
    if (changed->waiting == 0)
        return;
    printf("%" PRId64 " %s for %s time again, not before %s\n", changed->waiting,
           p->dry_run              ? "would wait"
           : changed->waiting == 1 ? "waits"
                                   : "wait",
           changed->waiting == 1 ? "its" : "their", when_text(changed->until_ms, when));
    if (!p->dry_run)
        cli_say("`ttsq release %s --now` starts %s at once", text_word(p->batch, shown),
                changed->waiting == 1 ? "it" : "them");
}
