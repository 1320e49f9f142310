/* cmd_log.c: `ttsq log`: what happened, in order. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"

#define EVENTS_SHOWN 50 /* unless it is told how many, or since when */
#define EVENTS_MAX 1000000
#define WHAT_SHOWN 160
#define NAME_SHOWN 40
#define DATE_SHOWN 19 /* to the second */

enum { OPTION_SINCE = 0x100 };

struct options {
    const char *batch; /* NULL = all */
    int64_t since_ms;  /* wall clock; 0 = always */
    int64_t last;      /* 0 = not told */
    bool follow, json;
};

static const struct argp_option option_table[] = {
    {"batch", ARGS_TEXT(struct options, batch), "BATCH", 0, "Only what concerns this batch", 0},
    {"since", OPTION_SINCE, "AGE", 0, "Only what happened within AGE: 30m, 12h, 2d", 0},
    {"last", 'n', "N", 0, "Only the newest N (50, unless --since is given)", 0},
    {"follow", ARGS_FLAG(struct options, follow), NULL, 0,
     "Go on with what happens from now on, until Ctrl-C", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "As JSON, one event a line", 0},
    {0},
};

static const char doc[] =
    "Tell what happened: batches that came and ended, jobs that failed or are held, accounts that "
    "were paused, workers that died, commands of people.\n"
    "\n"
    "  ttsq log                     the newest\n"
    "  ttsq log --since 12h         what happened overnight\n"
    "  ttsq log --batch chapter-1 --follow\n"
    "  ttsq log --json -n 1000\n"
    "\v"
    "What happens again within ten minutes is told once, with how often. Good answers are no "
    "events: `ttsq status` counts them.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_SINCE:
        o->since_ms = clock_wall_ms() - args_duration_ms(state, "--since", text);
        return 0;
    case 'n':
        o->last = args_number(state, "--last", text, 1, EVENTS_MAX);
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

struct log {
    const struct options *options;
    struct store_events rest; /* after the newest that was told */
    int64_t count;
};

static void print_json(const struct store_event_row *row) {
    json_t *o =
        json_pack("{s:s, s:o, s:o, s:o, s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "message_type",
                  "event", "id", text_json_id(row->id), "time", text_json_time(row->at_ms), "first",
                  text_json_time(row->first_ms), "times", (json_int_t)row->times, "event",
                  row->kind, "batch", text_json(row->batch), "account", text_json(row->account),
                  "job", row->job_id ? text_json_id(row->job_id) : json_null(), "who",
                  text_json(row->who), "what", text_json(row->what));
    ASSERT(o != NULL);
    text_json_print(o, true);
}

/* "2026-11-21T06:12:03Z  failed      night job 17: HTTP 500 … (6 times within 2m10s)" */
static void print_line(const struct store_event_row *row) {
    char date[CLOCK_RFC3339_BYTES], shown[TEXT_SHOWN_BYTES], age[DURATION_TEXT_BYTES];
    printf("%.*sZ  %-10s  ", DATE_SHOWN, clock_rfc3339(row->at_ms, date), row->kind);
    if (row->batch)
        printf("%s", text_show(row->batch, NAME_SHOWN, shown));
    if (row->account)
        printf("account %s", text_show(row->account, NAME_SHOWN, shown));
    if (row->job_id)
        printf("%sjob %" PRId64, row->batch ? " " : "", row->job_id);
    printf("%s%s", row->batch || row->account || row->job_id ? ": " : "",
           text_show(row->what, WHAT_SHOWN, shown));
    if (row->who)
        printf(" (%s)", text_show(row->who, NAME_SHOWN, shown));
    if (row->times > 1)
        printf(" (%" PRId64 " times within %s)", row->times,
               duration_text(row->at_ms - row->first_ms + 999, age));
    putchar('\n');
}

static void on_event(const struct store_event_row *row, void *arg) {
    struct log *l = arg;
    l->rest.after = row->id;
    l->count++;
    if (l->options->json)
        print_json(row);
    else
        print_line(row);
}

static bool follow(struct session *s, struct log *l, struct err *e) {
    int64_t seen = -1;
    l->rest.since_ms = 0; /* what comes is new, wherever the clock is set */
    while (!cli_stop_count()) {
        int64_t version = store_data_version(s->store);
        if ((version != seen || version < 0) &&
            !store_events_each(s->store, &l->rest, on_event, l, e))
            return false;
        seen = version;
        if (fflush(stdout) != 0)
            return err_set(e, ERR_IO, "cannot write the output");
        cli_sleep_ms(CLI_STOP_POLL_MS);
    }
    return true;
}

static bool tell(struct session *s, const struct options *o, struct err *e) {
    struct log l = {.options = o, .rest = {.batch = o->batch, .since_ms = o->since_ms}};
    int64_t last = o->last ? o->last : o->since_ms ? EVENTS_MAX : EVENTS_SHOWN;
    int64_t batch_id;
    if (!store_events_newest(s->store, &l.rest, last, e) ||
        !store_events_each(s->store, &l.rest, on_event, &l, e))
        return false;
    if (o->follow)
        return follow(s, &l, e);
    if (l.count > 0 || o->json)
        return true;
    if (o->batch && !session_batch(s, o->batch, &batch_id, e))
        return false; /* says which is nearest */
    return err_set(e, ERR_NOT_FOUND, "nothing on record%s", o->since_ms ? " for that time" : "");
}

const struct argp cmd_log_argp = {
    .options = option_table, .parser = on_option, .doc = doc, .children = args_children};

int cmd_log(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_log_argp, argc, argv, &o);
    if (o.follow)
        cli_stop_catch();
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && tell(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
