/* cmd_status.c: `ttsq status`: accounts, batches, workers. */
#include <stdio.h>
#include <time.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/view/screen.h"
#include "cli/view/status.h"

#define WATCH_MS 1000
#define CLOCK_BYTES 16

struct options {
    const char *batch;
    bool json, watch, metrics;
};

static const struct argp_option option_table[] = {
    {"json", ARGS_FLAG(struct options, json), NULL, 0,
     "One JSON document (with --watch: one a line)", 0},
    {"watch", ARGS_FLAG(struct options, watch), NULL, 0,
     "A live view of the whole terminal, until q; elsewhere again each second", 0},
    {"metrics", ARGS_FLAG(struct options, metrics), NULL, 0,
     "Numbers for Prometheus, in its text format, as for node_exporter's textfile collector", 0},
    {0},
};

static const char doc[] =
    "What is going on: accounts, batches, workers.\n"
    "\n"
    "  ttsq status                  everything\n"
    "  ttsq status chapter-1        one batch\n"
    "  ttsq status --json           for programs\n"
    "  ttsq status --watch          live; q ends it\n"
    "  ttsq status --watch --json   a document a second\n"
    "  ttsq status --metrics        for Prometheus\n"
    "\v"
    "ETA is reckoned from what the calls of the account have taken lately, its limits and budgets, "
    "and the batches beside it: ? = not known yet, or nothing moves; late = after its deadline "
    "(BY); stops 1:30 = its budget is used up then. IN USE counts calls, and is what the cap "
    "bounds; jobs are RUNNING from their claim until they are written down, so there may be more "
    "of them (STATE: 6 more claimed). On a narrow terminal columns that say nothing "
    "are left out first; what is bad stands beneath its row.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        if (o->metrics && (o->batch || o->json || o->watch))
            argp_error(state, "--metrics goes alone");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

struct live {
    struct session *session;
    const struct options *options;
    int64_t batch_id;
};

/* What goes on is above; of what has ended there is as much as has room. */
static bool draw(FILE *out, size_t columns, size_t rows, void *arg, struct err *e) {
    const struct live *l = arg;
    const struct status_view view = {.out = out, .columns = columns, .ended = rows / 3};
    char clock[CLOCK_BYTES];
    time_t now = time(NULL);
    struct tm tm;
    if (!localtime_r(&now, &tm) || !strftime(clock, sizeof clock, "%H:%M:%S", &tm))
        clock[0] = '\0';
    fprintf(out, "%s  q ends  ", clock);
    return status_view(l->session, l->batch_id, &view, e);
}

static bool print_once(const struct live *l, struct err *e) {
    const struct status_view view = {
        .out = stdout, .columns = screen_columns(stdout), .ended = STATUS_ALL};
    const struct options *o = l->options;
    return o->json ? status_json(l->session, l->batch_id, o->watch, e)
                   : status_view(l->session, l->batch_id, &view, e);
}

static bool status(struct session *s, const struct options *o, struct err *e) {
    struct live l = {.session = s, .options = o};
    if (o->metrics)
        return status_metrics(s, e);
    if (o->batch && !session_batch(s, o->batch, &l.batch_id, e))
        return false;
    if (o->watch && !o->json && screen_is_live())
        return screen_watch(draw, &l, WATCH_MS, e);
    for (;;) {
        bool ok = print_once(&l, e);
        if (!ok || !o->watch)
            return ok;
        if (fflush(stdout) != 0)
            return err_set(e, ERR_IO, "cannot write the output");
        cli_sleep_ms(WATCH_MS);
        if (cli_stop_count())
            return true;
        if (!o->json)
            putchar('\n');
    }
}

const struct argp cmd_status_argp = {.options = option_table,
                                     .parser = on_option,
                                     .args_doc = "[BATCH]",
                                     .doc = doc,
                                     .children = args_children};

int cmd_status(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_status_argp, argc, argv, &o);
    if (o.watch)
        cli_stop_catch();
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && status(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
