/* status_view.c: `ttsq status` as tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/ensure.h"
#include "cli/service.h"
#include "cli/view/ending.h"
#include "cli/view/money.h"
#include "cli/view/outlook.h"
#include "cli/view/room.h"
#include "cli/view/status.h"
#include "cli/view/table.h"
#include "cli/view/text.h"
#include "fleet/presence.h"

static void print_service(const struct config *c, FILE *out) {
    struct served_failure failure;
    char shown[TEXT_SHOWN_BYTES];
    fprintf(out, "supervisor: %s\n", service_is_running(c->fleet) ? "running" : "not running");
    if (service_failure(c->fleet, &failure))
        fprintf(out, SERVICE_FAILED "%s\n", text_show(failure.why, SERVICE_WHY_SHOWN, shown));
}

static void print_room(const struct config *c, FILE *out) {
    struct room room;
    room_look(c, &room);
    if (room.low)
        fprintf(out, "space: %s\n", room.why);
}

const char *status_worker_state(const struct config *c, const struct store_status_worker *row) {
    return presence_is_alive(c->fleet, row->id) ? row->state : "dead";
}

struct calling {
    const struct config *config;
    bool any;
};

static void see_worker(const struct store_status_worker *row, void *arg) {
    struct calling *c = arg;
    c->any |= strcmp(row->kind, "call") == 0 && presence_is_alive(c->config->fleet, row->id);
}

bool status_all_are_dead(struct session *s, bool *dead, struct err *e) {
    struct calling c = {.config = s->config};
    const struct store_reader reader = {.worker = see_worker, .arg = &c};
    bool ok = store_status(s->store, 0, &reader, e);
    *dead = !c.any;
    return ok;
}

struct tables {
    const struct config *config;
    struct used { /* accounts that batches have */
        char *name;
        int64_t running; /* jobs of all of them */
    } * used;
    size_t used_count;
    int64_t *ended; /* batches of which nothing moves, by id */
    size_t ended_count;
    int64_t ended_from; /* … that are shown: this id and those after */
    bool show_open, show_ended;
    const struct outlook *outlook;
    struct table accounts, batches, workers;
};

static const char *const account_heads[] = {"ACCOUNT", "IN USE", "CAP", "HELD", "RATE", "STATE"};
static const char *const batch_heads[] = {"BATCH",   "PROFILE", "TOTAL",  "READY",     "DELAYED",
                                          "RUNNING", "DONE",    "FAILED", "CANCELLED", "HELD",
                                          "SHARED",  "SPENT",   "AGE",    "BY",        "ETA"};
static const char *const worker_heads[] = {"WORKER",    "PID",      "STATE",
                                           "IN FLIGHT", "RESTARTS", "AGE"};
/* What a narrow terminal shows last: the name, how much is done, how long it will take. */
static const unsigned char account_drop[] = {3, 4, 2, 1};
static const unsigned char batch_drop[] = {1, 12, 10, 13, 11, 4, 5, 8, 9, 3, 7, 2, 14};
#define BATCH_LAST COLUMN(14)
static const unsigned char worker_drop[] = {1, 4, 5, 3};
#define HEADS(list) list, sizeof(list) / sizeof((list)[0])
#define COLUMN(n) (1u << (n))
#define WHY_SHOWN 120

static bool makes_calls(const struct store_account_row *row) {
    return !row->stopped && !row->paused_until_ms && row->breaker == BREAKER_CLOSED &&
           !row->money.is_waiting;
}

/* "paused until 2026-11-21T23:00:00Z"; *why: what is known beside it, NULL = nothing. */
static bool gate_text(const struct store_account_row *row, struct buf *out, const char **why) {
    char date[CLOCK_RFC3339_BYTES];
    *why = row->stopped || row->paused_until_ms ? row->pause_reason : NULL;
    if (row->stopped)
        return buf_add_str(out, row->by_person ? "paused" : "stopped");
    if (row->paused_until_ms)
        return buf_printf(out, "paused until %s", clock_rfc3339(row->paused_until_ms, date));
    *why = row->is_down ? row->breaker_why : NULL;
    return buf_add_str(out, row->is_down ? "provider down, one call at a time asks"
                            : row->breaker != BREAKER_CLOSED ? "resumed, one call is tried first"
                            : row->money.is_waiting          ? "budget of the day used up"
                                                             : "open");
}

/* "0.10 of 5.00 USD today, used up in 1:42" */
static bool today_text(const struct store_account_row *row, int64_t dry_ms, struct buf *out) {
    char money[MONEY_BYTES], dry[OUTLOOK_TEXT_BYTES];
    if (row->money.is_waiting)
        return buf_add_str(out, money_waits(&row->money, money));
    return buf_printf(out, "%s today", money_spent(&row->money, money)) &&
           (dry_ms <= 0 || buf_printf(out, ", used up in %s", outlook_time(dry_ms, dry)));
}

static struct used *use_of(const struct tables *t, const char *account) {
    for (size_t i = 0; i < t->used_count; i++)
        if (!strcmp(t->used[i].name, account))
            return &t->used[i];
    return NULL;
}

/* Running jobs that have no slot: claimed ahead, or over and not written down yet. */
static int64_t claimed_more(const struct tables *t, const struct store_account_row *row) {
    const struct used *used = use_of(t, row->name);
    return used && used->running > row->in_flight ? used->running - row->in_flight : 0;
}

/* What is short and what is needed first; what the provider said is long. */
static void state_text(const struct store_account_row *row, int64_t dry_ms, int64_t more,
                       struct buf *out) {
    char shown[TEXT_SHOWN_BYTES];
    const char *why;
    buf_clear(out);
    bool ok = gate_text(row, out, &why) &&
              (more == 0 || buf_printf(out, ", %" PRId64 " more claimed", more));
    if (ok && (row->money.has_budget || row->money.spent))
        ok = buf_add_str(out, why ? " (" : ", ") && today_text(row, dry_ms, out) &&
             (!why || buf_add_str(out, ")"));
    if (ok && why)
        ok = buf_printf(out, ": %s", text_show(why, WHY_SHOWN, shown));
    ASSERT(ok); /* TEXT_SHOWN_BYTES bounds it */
}

static bool is_open(const struct tables *t, const struct store_batch_row *row) {
    return row->loading || outlook_of(t->outlook, row->id) != NULL;
}

static void note_batch(const struct store_batch_row *row, void *arg) {
    struct tables *t = arg;
    if (!is_open(t, row)) {
        if ((t->ended_count & (t->ended_count - 1)) == 0) /* at each power of two */
            t->ended = ensure_realloc(t->ended,
                                      (t->ended_count ? 2 * t->ended_count : 1) * sizeof *t->ended);
        t->ended[t->ended_count++] = row->id;
    }
    struct used *used = use_of(t, row->account);
    if (!used) {
        t->used = ensure_realloc(t->used, (t->used_count + 1) * sizeof *t->used);
        used = &t->used[t->used_count++];
        *used = (struct used){.name = ensure_strdup(row->account)};
    }
    used->running += row->count[JOB_RUNNING];
}

static void forget(struct tables *t) {
    free(t->ended);
    while (t->used_count > 0)
        free(t->used[--t->used_count].name);
    free(t->used);
}

/* Of the built-in profiles' accounts only those that somebody uses. */
static bool is_worth_a_row(const struct tables *t, const struct store_account_row *row) {
    const struct profile *p = config_profile(t->config, t->config->profile);
    return config_sets_account(t->config, row->name) || use_of(t, row->name) ||
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

/* Requests in a time, "-" for any number. */
static const char *rate_cell(const struct store_account_row *row, char out[TEXT_RATE_BYTES]) {
    return row->rate_interval_us > 0 ? text_rate(row->rate_interval_us, out) : "-";
}

static void account_row(const struct store_account_row *row, void *arg) {
    struct tables *t = arg;
    if (!is_worth_a_row(t, row))
        return;
    char shown[TEXT_SHOWN_BYTES];
    char rate[TEXT_RATE_BYTES];
    struct buf state;
    buf_init(&state, (size_t)2 * TEXT_SHOWN_BYTES);
    state_text(row, outlook_dry_ms(t->outlook, row->name), claimed_more(t, row), &state);
    table_cell(&t->accounts, "%s", text_show(row->name, 64, shown));
    table_cell(&t->accounts, "%" PRId64, row->in_flight);
    cap_cell(&t->accounts, row);
    table_cell(&t->accounts, "%" PRId64, row->held_leases);
    table_cell(&t->accounts, "%s", rate_cell(row, rate));
    table_cell(&t->accounts, "%s", buf_str(&state));
    if (!makes_calls(row))
        table_insist(&t->accounts);
    buf_release(&state);
}

/* ---- a batch -------------------------------------------------------------------------------- */

/* … and why its jobs wait when nobody makes calls for such a profile. */
static void profile_cell(struct tables *tables, const struct store_batch_row *row) {
    struct table *t = &tables->batches;
    char shown[TEXT_SHOWN_BYTES];
    const struct outlook_batch *outlook = outlook_of(tables->outlook, row->id);
    const char *lacks = "";
    if (!config_profile(tables->config, row->profile))
        lacks = " (not configured)";
    else if (outlook && outlook->unknown)
        lacks = " (unknown to the service)";
    table_cell(t, "%s%s", text_show(row->profile, 64, shown), lacks);
    if (*lacks)
        table_insist(t);
}

static void count_cells(struct table *t, const struct store_batch_row *row) {
    static const enum job_state columns[] = {JOB_READY,  JOB_DELAYED,   JOB_RUNNING, JOB_DONE,
                                             JOB_FAILED, JOB_CANCELLED, JOB_HELD};
    const unsigned bad = JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_CANCELLED) | JOB_BIT(JOB_HELD);
    table_cell(t, "%" PRId64, row->total);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        table_cell(t, "%" PRId64, row->count[columns[i]]);
        if (row->count[columns[i]] > 0 && JOB_BIT(columns[i]) & bad)
            table_insist(t);
    }
    table_cell(t, "%" PRId64, row->shared);
}

static void money_cell(struct table *t, const struct store_money *m) {
    char money[MONEY_BYTES];
    table_cell(t, "%s%s", money_spent(m, money), m->is_waiting ? " (used up)" : "");
    if (m->is_waiting)
        table_insist(t);
}

static void time_cells(struct table *t, const struct store_batch_row *row,
                       const struct outlook_batch *outlook) {
    char age[DURATION_TEXT_BYTES], eta[OUTLOOK_TEXT_BYTES];
    int64_t now = clock_wall_ms(), left_ms = row->by_ms - now;
    table_cell(t, "%s", duration_text(now - row->created_ms, age));
    if (!row->by_ms || !outlook)
        table_cell(t, "-");
    else if (left_ms < 0)
        table_cell(t, "%s ago", duration_text(-left_ms, age));
    else
        table_cell(t, "in %s", duration_text(left_ms, age));
    table_cell(t, "%s", outlook_text(outlook, eta));
    if (outlook_is_late(outlook) || (outlook && outlook->stop_ms != ETA_UNKNOWN))
        table_insist(t);
}

static void batch_row(const struct store_batch_row *row, void *arg) {
    struct tables *tables = arg;
    struct table *t = &tables->batches;
    char shown[TEXT_SHOWN_BYTES];
    bool open = is_open(tables, row);
    if (open ? !tables->show_open : !tables->show_ended || row->id < tables->ended_from)
        return;
    table_cell(t, "%s%s", text_show(row->name, 64, shown), row->loading ? " (loading)" : "");
    profile_cell(tables, row);
    count_cells(t, row);
    money_cell(t, &row->money);
    time_cells(t, row, outlook_of(tables->outlook, row->id));
}

/* ---- all together ---------------------------------------------------------------------------- */

static void worker_row(const struct store_status_worker *row, void *arg) {
    struct tables *tables = arg;
    struct table *t = &tables->workers;
    char age[DURATION_TEXT_BYTES];
    table_cell(t, "%s", row->kind);
    table_cell(t, "%d", row->pid);
    table_cell(t, "%s", status_worker_state(tables->config, row));
    table_cell(t, "%" PRId64, row->in_flight);
    table_cell(t, "%d", row->restarts);
    table_cell(t, "%s", duration_text(clock_wall_ms() - row->started_ms, age));
}

static void init(struct table *t, const struct status_view *view, const unsigned char *drop,
                 size_t drop_count) {
    t->out = view->out;
    t->fit = view->columns;
    t->drop = drop;
    t->drop_count = drop_count;
}

static void init_all(struct tables *t, const struct status_view *view) {
    unsigned numbers = COLUMN(13) | COLUMN(14);
    for (unsigned i = 2; i < 11; i++)
        numbers |= COLUMN(i);
    table_init(&t->accounts, HEADS(account_heads), COLUMN(1) | COLUMN(2) | COLUMN(3) | COLUMN(4));
    table_init(&t->batches, HEADS(batch_heads), numbers);
    table_init(&t->workers, HEADS(worker_heads), COLUMN(1) | COLUMN(3) | COLUMN(4));
    init(&t->accounts, view, account_drop, sizeof account_drop);
    init(&t->batches, view, batch_drop, sizeof batch_drop);
    t->batches.last = BATCH_LAST;
    init(&t->workers, view, worker_drop, sizeof worker_drop);
}

static void end_with_gap(struct table *t, bool ok) {
    if (!ok)
        t->cell_count = 0;
    if (t->cell_count)
        fputc('\n', t->out);
    table_end(t);
}

/* Batches in their order; or what goes on first, and of what has ended the newest. */
static bool read_batches(struct session *s, int64_t batch_id, const struct status_view *view,
                         struct tables *t, struct err *e) {
    const struct store_reader rows = {.batch = batch_row, .arg = t};
    t->show_open = true;
    t->show_ended = view->ended == STATUS_ALL;
    if (!store_status(s->store, batch_id, &rows, e))
        return false;
    if (t->show_ended)
        return true;
    t->show_open = false;
    t->show_ended = view->ended > 0;
    if (t->ended_count > view->ended)
        t->ended_from = t->ended[t->ended_count - view->ended];
    return store_status(s->store, batch_id, &rows, e);
}

bool status_view(struct session *s, int64_t batch_id, const struct status_view *view,
                 struct err *e) {
    struct outlook outlook;
    struct tables t = {.config = s->config, .outlook = &outlook};
    const struct store_reader notes = {.batch = note_batch, .arg = &t};
    const struct store_reader reader = {.account = account_row, .worker = worker_row, .arg = &t};
    init_all(&t, view);
    bool ok = outlook_read(s, &outlook, e) && store_status(s->store, 0, &notes, e) &&
              store_status(s->store, 0, &reader, e) && read_batches(s, batch_id, view, &t, e);
    if (ok) {
        print_service(s->config, view->out);
        print_room(s->config, view->out);
    }
    end_with_gap(&t.accounts, ok);
    end_with_gap(&t.batches, ok);
    end_with_gap(&t.workers, ok);
    if (ok && batch_id > 0)
        ok = ending_print(s, batch_id, view->out, e);
    forget(&t);
    outlook_release(&outlook);
    return ok;
}
