/* cmd_list.c: `ttsq list`: the jobs of a batch, or the troubled ones of all, and what they have in
 * common. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/view/job_view.h"
#include "cli/view/obstacle.h"
#include "cli/view/reasons.h"
#include "cli/view/status.h"
#include "cli/view/table.h"
#include "cli/view/text.h"

#define WAITING_BYTES 400

enum { OPTION_STATE = 0x100, OPTION_SINCE };

#define TROUBLE (JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD)) /* what an index finds in all batches */

struct options {
    const char *batch; /* NULL = all */
    unsigned states;
    const char *why;  /* NULL = any */
    int64_t since_ms; /* wall clock; 0 = always */
    bool by_why, json;
};

static const struct argp_option option_table[] = {
    {"state", OPTION_STATE, "STATE", 0,
     "Only jobs that are delayed, ready, running, done, failed, cancelled or held; may be repeated",
     0},
    {"why", ARGS_TEXT(struct options, why), "TEXT", 0,
     "Only jobs whose reason holds TEXT, such as 'HTTP 500'", 0},
    {"error", ARGS_TEXT(struct options, why), "TEXT", OPTION_ALIAS, NULL, 0},
    {"since", OPTION_SINCE, "AGE", 0, "Only jobs whose newest call ended within AGE: 30m, 12h, 2d",
     0},
    {"by-why", ARGS_FLAG(struct options, by_why), NULL, 0,
     "How many jobs have which reason, instead of each", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "A JSON list with every attempt", 0},
    {0},
};

static const char doc[] =
    "List the jobs of a batch; of all batches those that failed or are held.\n"
    "\n"
    "  ttsq list chapter-1\n"
    "  ttsq list chapter-1 --state failed --why 'HTTP 500'\n"
    "  ttsq list --state failed --since 12h --by-why\n"
    "  ttsq list chapter-1 --json\n";

static void take_state(struct argp_state *state, const char *text, struct options *o) {
    enum job_state found;
    if (job_state_parse(text, &found))
        o->states |= JOB_BIT(found);
    else
        argp_error(state,
                   "--state must be delayed, ready, running, done, failed, cancelled or held, not "
                   "'%s'",
                   text);
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_STATE:
        take_state(state, text, o);
        return 0;
    case OPTION_SINCE:
        o->since_ms = clock_wall_ms() - args_duration_ms(state, "--since", text);
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        if (!o->batch && o->states == 0)
            o->states = TROUBLE;
        if (!o->batch && (o->states & ~TROUBLE))
            argp_error(state, "BATCH is missing; of all batches only --state failed and held");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

struct list {
    struct session *session;
    const struct options *options;
    struct table table;
    struct reasons reasons;
    bool all_are_dead;           /* status_all_are_dead */
    char waiting[WAITING_BYTES]; /* why ready jobs wait; "" = for their turn */
    int64_t count;
    bool ok;
    struct err *e;
};

/* A ready job has no reason of its own: what it waits for is a worker, room, the account, or its
 * turn. */
static bool find_waiting(struct list *l, int64_t batch_id) {
    struct session_counts counts;
    struct obstacles obstacles;
    if (!session_counts(l->session, batch_id, &counts, l->e))
        return false;
    obstacle_find(l->session->config, &counts, "the batch", &obstacles);
    (void)snprintf(l->waiting, sizeof l->waiting, "%.399s",
                   obstacles.count ? obstacles.list[0].why : "its turn");
    return true;
}

static const char *why_of(const struct list *l, const struct store_job_row *row,
                          char time[JOB_VIEW_WHY_BYTES]) {
    const char *why = job_view_why(row, l->all_are_dead, time);
    if (why)
        return why;
    return row->state == JOB_READY ? l->waiting : "-";
}

static bool is_wanted(const struct options *o, const struct store_job_row *row) {
    return (!o->why || (row->why && strcasestr(row->why, o->why))) &&
           (o->since_ms == 0 || row->ended_ms >= o->since_ms);
}

static void add_row(struct list *l, const struct store_job_row *row) {
    struct table *t = &l->table;
    char shown[TEXT_SHOWN_BYTES], time[JOB_VIEW_WHY_BYTES];
    table_cell(t, "%" PRId64, row->id);
    if (!l->options->batch)
        table_cell(t, "%s", text_show(row->batch, 40, shown));
    table_cell(t, "%" PRId64, row->seq);
    table_cell(t, "%s", job_state_text(row->state));
    table_cell(t, "%" PRId64, row->attempts);
    table_cell(t, "%s", text_show(row->name ? row->name : row->text, 40, shown));
    table_cell(t, "%s", text_show(why_of(l, row, time), 120, shown));
}

static bool add_json(struct list *l, const struct store_job_row *row) {
    json_t *o = job_view_json(l->session, row, false, l->e);
    if (!o)
        return false;
    fputs(l->count ? ",\n" : "[\n", stdout);
    (void)json_dumpf(o, stdout, TEXT_JSON_FLAGS | JSON_COMPACT);
    json_decref(o);
    return true;
}

static bool on_row(const struct store_job_row *row, void *arg) {
    struct list *l = arg;
    const struct options *o = l->options;
    if (!is_wanted(o, row))
        return true;
    if (o->by_why)
        reasons_add(&l->reasons, row);
    else if (o->json)
        l->ok = add_json(l, row);
    else
        add_row(l, row);
    l->count++;
    return l->ok;
}

static bool list_batch(struct list *l, int64_t batch_id) {
    unsigned states = l->options->states ? l->options->states : (1u << JOB_STATE_COUNT) - 1;
    return store_jobs_each(l->session->store, batch_id, states, on_row, l, l->e) && l->ok;
}

struct batches { /* that have jobs in the states asked for */
    unsigned states;
    int64_t *ids;
    size_t count;
};

static void on_batch(const struct store_batch_row *row, void *arg) {
    struct batches *b = arg;
    int64_t jobs = 0;
    for (enum job_state state = 0; state < JOB_STATE_COUNT; state++)
        jobs += b->states & JOB_BIT(state) ? row->count[state] : 0;
    if (jobs == 0)
        return;
    b->ids = ensure_realloc(b->ids, (b->count + 1) * sizeof *b->ids);
    b->ids[b->count++] = row->id;
}

static bool list_all(struct list *l) {
    struct batches batches = {.states = l->options->states};
    const struct store_reader reader = {.batch = on_batch, .arg = &batches};
    bool ok = store_status(l->session->store, 0, &reader, l->e);
    for (size_t i = 0; ok && i < batches.count; i++)
        ok = list_batch(l, batches.ids[i]);
    free(batches.ids);
    return ok;
}

static bool list_one(struct list *l) {
    int64_t batch_id;
    return session_batch(l->session, l->options->batch, &batch_id, l->e) &&
           find_waiting(l, batch_id) && status_all_are_dead(l->session, &l->all_are_dead, l->e) &&
           list_batch(l, batch_id);
}

static void print_end(struct list *l) {
    table_end(&l->table);
    if (l->options->by_why && l->options->json)
        text_json_print(reasons_json(&l->reasons), false);
    else if (l->options->by_why)
        reasons_print(&l->reasons);
    else if (l->options->json)
        puts(l->count ? "\n]" : "[]");
}

static bool nothing(const struct options *o, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->batch)
        return err_set(e, ERR_NOT_FOUND, "no such jobs in %.300s; `ttsq status` shows its counts",
                       text_word(o->batch, shown));
    return err_set(e, ERR_NOT_FOUND, "no such jobs: none failed or is held%s",
                   o->why || o->since_ms ? " that fits" : "");
}

static bool list(struct session *s, const struct options *o, struct err *e) {
    static const char *const heads[] = {"ID", "SEQ", "STATE", "ATTEMPTS", "NAME", "WHY"};
    static const char *const heads_all[] = {"ID",       "BATCH", "SEQ", "STATE",
                                            "ATTEMPTS", "NAME",  "WHY"};
    struct list l = {.session = s, .options = o, .ok = true, .e = e};
    if (o->batch)
        table_init(&l.table, heads, sizeof heads / sizeof heads[0], 1u << 0 | 1u << 1 | 1u << 3);
    else
        table_init(&l.table, heads_all, sizeof heads_all / sizeof heads_all[0],
                   1u << 0 | 1u << 2 | 1u << 4);
    static const unsigned char drop[] = {1, 3, 4}, drop_all[] = {2, 4, 5};
    l.table.drop = o->batch ? drop : drop_all;
    l.table.drop_count = sizeof drop;
    bool ok = o->batch ? list_one(&l) : list_all(&l);
    if (ok)
        print_end(&l);
    else
        table_end(&l.table);
    reasons_release(&l.reasons);
    return ok && (l.count > 0 || o->json || nothing(o, e));
}

const struct argp cmd_list_argp = {.options = option_table,
                                   .parser = on_option,
                                   .args_doc = "[BATCH]",
                                   .doc = doc,
                                   .children = args_children};

int cmd_list(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_list_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && list(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
