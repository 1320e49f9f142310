/* cmd_status.c: `ttsq status`: accounts, batches, workers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/space.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/money.h"
#include "cli/service.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/text.h"

#define WATCH_MS 1000
#define MIB (1024.0 * 1024.0)

enum { OPTION_JSON = 0x100, OPTION_WATCH };

struct options {
    const char *batch;
    bool json, watch;
};

static const struct argp_option option_table[] = {
    {"json", OPTION_JSON, NULL, 0, "One JSON document (with --watch: one a line)", 0},
    {"watch", OPTION_WATCH, NULL, 0, "Again each second, until Ctrl-C", 0},
    {0},
};

static const char doc[] = "What is going on: accounts, batches, workers.\n"
                          "\n"
                          "  ttsq status                  everything\n"
                          "  ttsq status chapter-1        one batch\n"
                          "  ttsq status --json           for programs\n"
                          "  ttsq status --watch          again each second\n";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_JSON:
        o->json = true;
        return 0;
    case OPTION_WATCH:
        o->watch = true;
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Fills *space from where database and results lie; `paths` has room for both. */
static void look_at_space(const struct config *c, const char *paths[2], struct space *space) {
    paths[0] = c->fleet;
    paths[1] = c->results;
    *space = (struct space){.paths = paths, .path_count = 2, .min_bytes = c->space_min_bytes};
    (void)space_look(space, clock_boot_ms());
}

/* ---- JSON ---- */

struct document {
    json_t *accounts, *batches, *workers;
};

static void add(json_t *list, json_t *row) {
    ASSERT(row != NULL);
    json_array_append_new(list, row);
}

static void flow_json(json_t *o, const struct store_account_row *row) {
    bool down = row->breaker != BREAKER_CLOSED;
    json_object_set_new(o, "paused_by_person", json_boolean(row->by_person));
    json_object_set_new(o, "breaker", json_string(breaker_state_text(row->breaker)));
    json_object_set_new(o, "breaker_until", text_json_time(row->breaker_until_ms));
    json_object_set_new(o, "breaker_why", text_json(down ? row->breaker_why : NULL));
    json_object_set_new(o, "learned_cap",
                        row->learned_cap ? json_integer(row->learned_cap) : json_null());
    json_object_set_new(o, "others", json_integer(row->others));
}

static void json_account(const struct store_account_row *row, void *arg) {
    struct document *d = arg;
    bool closed = row->stopped || row->paused_until_ms;
    json_t *o = json_pack("{s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:b}", "name", text_json(row->name),
                          "cap", (json_int_t)row->cap, "effective_cap",
                          (json_int_t)row->effective_cap, "in_flight", (json_int_t)row->in_flight,
                          "held_leases", (json_int_t)row->held_leases, "paused_until",
                          text_json_time(row->paused_until_ms), "pause_reason",
                          text_json(closed ? row->pause_reason : NULL), "stopped", row->stopped);
    ASSERT(o != NULL);
    flow_json(o, row);
    money_json(o, &row->money);
    add(d->accounts, o);
}

static void json_batch(const struct store_batch_row *row, void *arg) {
    struct document *d = arg;
    json_t *o =
        json_pack("{s:o, s:o, s:o, s:I, s:I, s:b}", "name", text_json(row->name), "profile",
                  text_json(row->profile), "account", text_json(row->account), "total",
                  (json_int_t)row->total, "chars", (json_int_t)row->chars, "loading", row->loading);
    ASSERT(o != NULL);
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        json_object_set_new(o, job_state_text((enum job_state)i), json_integer(row->count[i]));
    json_object_set_new(o, "uncertain_attempts", json_integer(row->uncertain_attempts));
    json_object_set_new(o, "shared", json_integer(row->shared));
    money_json(o, &row->money);
    json_object_set_new(o, "created", text_json_time(row->created_ms));
    add(d->batches, o);
}

static void json_worker(const struct store_status_worker *row, void *arg) {
    struct document *d = arg;
    add(d->workers, json_pack("{s:o, s:s, s:i, s:s, s:I, s:i, s:o}", "id", text_json_id(row->id),
                              "kind", row->kind, "pid", row->pid, "state", row->state, "in_flight",
                              (json_int_t)row->in_flight, "restarts", row->restarts, "started",
                              text_json_time(row->started_ms)));
}

static json_t *space_json(const struct config *c) {
    const char *paths[2];
    struct space space;
    look_at_space(c, paths, &space);
    return json_pack("{s:b, s:o, s:I}", "low", space.low, "path",
                     text_json(space.low ? space.low_path : NULL), "min_bytes",
                     (json_int_t)space.min_bytes);
}

static void print_space(const struct config *c) {
    const char *paths[2];
    struct space space;
    char shown[TEXT_SHOWN_BYTES];
    look_at_space(c, paths, &space);
    if (space.low)
        printf("space: only %.1f MiB left at %s, less than space_min: no new calls\n",
               (double)space.low_bytes / MIB, text_show(space.low_path, 200, shown));
}

static bool print_json(struct session *s, int64_t batch_id, bool watch, struct err *e) {
    struct document d = {json_array(), json_array(), json_array()};
    struct store_reader reader = {json_account, json_batch, json_worker, &d};
    if (!store_status(s->store, batch_id, &reader, e)) {
        json_decref(d.accounts);
        json_decref(d.batches);
        json_decref(d.workers);
        return false;
    }
    text_json_print(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "message_type", "status",
                              "supervisor",
                              service_is_running(s->config->fleet) ? "running" : "not running",
                              "space", space_json(s->config), "accounts", d.accounts, "batches",
                              d.batches, "workers", d.workers),
                    watch);
    return true;
}

/* ---- tables ---- */

struct tables {
    const struct config *config;
    char **used; /* names of accounts that batches have */
    size_t used_count;
    struct table accounts, batches, workers;
};

static const char *const account_heads[] = {"ACCOUNT", "IN USE", "CAP", "HELD", "STATE"};
static const char *const batch_heads[] = {"BATCH",   "PROFILE", "TOTAL",  "READY",     "DELAYED",
                                          "RUNNING", "DONE",    "FAILED", "CANCELLED", "HELD",
                                          "SHARED",  "SPENT",   "AGE"};
static const char *const worker_heads[] = {"WORKER",    "PID",      "STATE",
                                           "IN FLIGHT", "RESTARTS", "AGE"};
#define HEADS(list) list, sizeof(list) / sizeof((list)[0])
#define COLUMN(n) (1u << (n))

static void pause_text(const struct store_account_row *row, struct buf *out) {
    char shown[TEXT_SHOWN_BYTES], date[CLOCK_RFC3339_BYTES];
    const char *reason = text_show(row->pause_reason ? row->pause_reason : "-", 120, shown);
    buf_clear(out);
    bool ok = true, down = row->breaker != BREAKER_CLOSED;
    const char *why = row->breaker_why ? row->breaker_why : "one call is tried";
    if (row->stopped)
        ok = buf_printf(out, row->by_person ? "paused: %s" : "stopped: %s", reason);
    else if (row->paused_until_ms)
        ok = buf_printf(out, "paused until %s: %s", clock_rfc3339(row->paused_until_ms, date),
                        reason);
    else if (down)
        ok = buf_printf(out, "provider down, one call at a time asks: %s",
                        text_show(why, 120, shown));
    else
        ok = buf_add_str(out, row->money.is_waiting ? "budget of the day used up: " : "open");
    char money[MONEY_BYTES];
    if (ok && row->money.is_waiting && !row->stopped && !row->paused_until_ms && !down)
        ok = buf_add_str(out, money_waits(&row->money, money));
    else if (ok && (row->money.has_budget || row->money.spent))
        ok = buf_printf(out, ", %s today", money_spent(&row->money, money));
    ASSERT(ok); /* TEXT_SHOWN_BYTES bounds it */
}

static bool has_batches(const struct tables *t, const char *account) {
    for (size_t i = 0; i < t->used_count; i++)
        if (!strcmp(t->used[i], account))
            return true;
    return false;
}

static void note_account(const struct store_batch_row *row, void *arg) {
    struct tables *t = arg;
    if (has_batches(t, row->account))
        return;
    t->used = ensure_realloc(t->used, (t->used_count + 1) * sizeof *t->used);
    t->used[t->used_count++] = ensure_strdup(row->account);
}

static void forget_accounts(struct tables *t) {
    while (t->used_count > 0)
        free(t->used[--t->used_count]);
    free(t->used);
}

/* Of the built-in profiles' accounts only those that somebody uses. */
static bool is_worth_a_row(const struct tables *t, const struct store_account_row *row) {
    const struct profile *p = config_profile(t->config, t->config->profile);
    return config_sets_account(t->config, row->name) || has_batches(t, row->name) ||
           row->in_flight + row->held_leases > 0 || row->stopped || row->paused_until_ms ||
           (p && !strcmp(p->account, row->name));
}

/* "20", or "6 of 20" while the provider lets through less; with what others have. */
static void cap_cell(struct table *t, const struct store_account_row *row) {
    if (row->effective_cap >= row->cap)
        table_cell(t, "%" PRId64, row->cap);
    else if (row->others == 0)
        table_cell(t, "%" PRId64 " of %" PRId64, row->effective_cap, row->cap);
    else
        table_cell(t, "%" PRId64 " of %" PRId64 ", others %" PRId64, row->effective_cap, row->cap,
                   row->others);
}

static void account_row(const struct store_account_row *row, void *arg) {
    struct tables *t = arg;
    if (!is_worth_a_row(t, row))
        return;
    char shown[TEXT_SHOWN_BYTES];
    struct buf state;
    buf_init(&state, (size_t)2 * TEXT_SHOWN_BYTES);
    pause_text(row, &state);
    table_cell(&t->accounts, "%s", text_show(row->name, 64, shown));
    table_cell(&t->accounts, "%" PRId64, row->in_flight);
    cap_cell(&t->accounts, row);
    table_cell(&t->accounts, "%" PRId64, row->held_leases);
    table_cell(&t->accounts, "%s", buf_str(&state));
    buf_release(&state);
}

/* Why open jobs wait though their account is open: nobody makes calls for such a profile. */
static const char *profile_note(const struct tables *t, const struct store_batch_row *row) {
    return config_profile(t->config, row->profile) ? "" : " (not configured)";
}

static void batch_row(const struct store_batch_row *row, void *arg) {
    static const enum job_state columns[] = {JOB_READY,  JOB_DELAYED,   JOB_RUNNING, JOB_DONE,
                                             JOB_FAILED, JOB_CANCELLED, JOB_HELD};
    struct table *t = &((struct tables *)arg)->batches;
    char shown[TEXT_SHOWN_BYTES], age[TEXT_AGE_BYTES], money[MONEY_BYTES];
    table_cell(t, "%s%s", text_show(row->name, 64, shown), row->loading ? " (loading)" : "");
    table_cell(t, "%s%s", text_show(row->profile, 64, shown), profile_note(arg, row));
    table_cell(t, "%" PRId64, row->total);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        table_cell(t, "%" PRId64, row->count[columns[i]]);
    table_cell(t, "%" PRId64, row->shared);
    table_cell(t, "%s%s", money_spent(&row->money, money),
               row->money.is_waiting ? " (used up)" : "");
    table_cell(t, "%s", text_age(clock_wall_ms() - row->created_ms, age));
}

static void worker_row(const struct store_status_worker *row, void *arg) {
    struct table *t = &((struct tables *)arg)->workers;
    char age[TEXT_AGE_BYTES];
    table_cell(t, "%s", row->kind);
    table_cell(t, "%d", row->pid);
    table_cell(t, "%s", row->state);
    table_cell(t, "%" PRId64, row->in_flight);
    table_cell(t, "%d", row->restarts);
    table_cell(t, "%s", text_age(clock_wall_ms() - row->started_ms, age));
}

static void end_with_gap(struct table *t) {
    if (t->cell_count)
        putchar('\n');
    table_end(t);
}

static bool print_tables(struct session *s, int64_t batch_id, bool watch, struct err *e) {
    struct tables t = {.config = s->config};
    unsigned numbers = 0;
    for (unsigned i = 2; i < 11; i++)
        numbers |= COLUMN(i);
    table_init(&t.accounts, HEADS(account_heads), COLUMN(1) | COLUMN(2) | COLUMN(3));
    table_init(&t.batches, HEADS(batch_heads), numbers);
    table_init(&t.workers, HEADS(worker_heads), COLUMN(1) | COLUMN(3) | COLUMN(4));
    struct store_reader uses = {.batch = note_account, .arg = &t};
    struct store_reader reader = {account_row, batch_row, worker_row, &t};
    bool ok = store_status(s->store, 0, &uses, e) && store_status(s->store, batch_id, &reader, e);
    forget_accounts(&t);
    if (ok) {
        if (watch && isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        printf("supervisor: %s\n",
               service_is_running(s->config->fleet) ? "running" : "not running");
        print_space(s->config);
    } else {
        t.accounts.cell_count = t.batches.cell_count = t.workers.cell_count = 0;
    }
    end_with_gap(&t.accounts);
    end_with_gap(&t.batches);
    end_with_gap(&t.workers);
    return ok;
}

static bool status(struct session *s, const struct options *o, struct err *e) {
    int64_t batch_id = 0;
    if (o->batch && !session_batch(s, o->batch, &batch_id, e))
        return false;
    for (;;) {
        bool ok =
            o->json ? print_json(s, batch_id, o->watch, e) : print_tables(s, batch_id, o->watch, e);
        if (!ok || !o->watch)
            return ok;
        if (fflush(stdout) != 0)
            return err_set(e, ERR_IO, "cannot write the output");
        cli_sleep_ms(WATCH_MS);
        if (cli_stop_count())
            return true;
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
