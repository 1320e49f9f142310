/* cmd_list.c: `ttsq list`: the jobs of a batch. */
#include <inttypes.h>
#include <stdio.h>

#include "base/space.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/job_view.h"
#include "cli/service.h"
#include "cli/table.h"
#include "cli/text.h"

#define WAITING_BYTES 400

enum { OPTION_JSON = 0x100, OPTION_STATE };

struct options {
    const char *batch;
    unsigned states;
    bool json;
};

static const struct argp_option option_table[] = {
    {"state", OPTION_STATE, "STATE", 0,
     "Only jobs that are delayed, ready, running, done, failed, cancelled or held; may be repeated",
     0},
    {"json", OPTION_JSON, NULL, 0, "A JSON list with every attempt", 0},
    {0},
};

static const char doc[] = "List the jobs of a batch.\n"
                          "\n"
                          "  ttsq list chapter-1\n"
                          "  ttsq list chapter-1 --state failed\n"
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
    case OPTION_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

struct list {
    struct session *session;
    struct table table;
    char waiting[WAITING_BYTES]; /* why ready jobs wait; "" = for their turn */
    int64_t count;
    bool ok;
    struct err *e;
};

static bool space_is_low(const struct config *c) {
    return space_free_bytes(c->fleet) < c->space_min_bytes ||
           space_free_bytes(c->results) < c->space_min_bytes;
}

/* A ready job has no reason of its own: what it waits for is a worker, room, the account, or its
 * turn. */
static bool find_waiting(struct list *l, int64_t batch_id) {
    struct session_counts counts;
    if (!session_counts(l->session, batch_id, &counts, l->e))
        return false;
    if (!service_is_running(l->session->config->fleet))
        (void)snprintf(l->waiting, sizeof l->waiting, "no supervisor is running");
    else if (space_is_low(l->session->config))
        (void)snprintf(l->waiting, sizeof l->waiting, "room on the disk: less than space_min left");
    else if (counts.account_reason[0])
        (void)snprintf(l->waiting, sizeof l->waiting, "account %s: %s", counts.account,
                       counts.account_reason);
    else
        (void)snprintf(l->waiting, sizeof l->waiting, "its turn");
    return true;
}

static const char *why_of(const struct list *l, const struct store_job_row *row) {
    if (row->why)
        return row->why;
    return row->state == JOB_READY ? l->waiting : "-";
}

static bool on_row(const struct store_job_row *row, void *arg) {
    struct list *l = arg;
    struct table *t = &l->table;
    char shown[TEXT_SHOWN_BYTES];
    table_cell(t, "%" PRId64, row->id);
    table_cell(t, "%" PRId64, row->seq);
    table_cell(t, "%s", job_state_text(row->state));
    table_cell(t, "%" PRId64, row->attempts);
    table_cell(t, "%s", text_show(row->name ? row->name : row->text, 40, shown));
    table_cell(t, "%s", text_show(why_of(l, row), 120, shown));
    l->count++;
    return true;
}

static bool on_json(const struct store_job_row *row, void *arg) {
    struct list *l = arg;
    json_t *o = job_view_json(l->session, row, l->e);
    l->ok = o != NULL;
    if (!o)
        return false;
    fputs(l->count++ ? ",\n" : "[\n", stdout);
    (void)json_dumpf(o, stdout, TEXT_JSON_FLAGS | JSON_COMPACT);
    json_decref(o);
    return true;
}

static bool list(struct session *s, const struct options *o, struct err *e) {
    static const char *const heads[] = {"ID", "SEQ", "STATE", "ATTEMPTS", "NAME", "WHY"};
    struct list l = {.session = s, .ok = true, .e = e};
    unsigned states = o->states ? o->states : (1u << JOB_STATE_COUNT) - 1;
    int64_t batch_id;
    if (!session_batch(s, o->batch, &batch_id, e))
        return false;
    table_init(&l.table, heads, sizeof heads / sizeof heads[0], 1u << 0 | 1u << 1 | 1u << 3);
    if (!find_waiting(&l, batch_id))
        return false;
    bool read = store_jobs_each(s->store, batch_id, states, o->json ? on_json : on_row, &l, e);
    table_end(&l.table);
    if (o->json && read && l.ok)
        puts(l.count ? "\n]" : "[]");
    else if (read && l.ok && l.count == 0)
        return err_set(e, ERR_NOT_FOUND, "no such jobs in it");
    return read && l.ok;
}

int cmd_list(int argc, char **argv) {
    const struct argp argp = {.options = option_table,
                              .parser = on_option,
                              .args_doc = "BATCH",
                              .doc = doc,
                              .children = args_children};
    struct options o = {0};
    args_parse(&argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && list(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
