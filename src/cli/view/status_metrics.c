/* status_metrics.c: `ttsq status --metrics`: numbers for Prometheus, in its text format (version
 * 0.0.4, prometheus.io/docs/instrumenting/exposition_formats). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "cli/service.h"
#include "cli/view/room.h"
#include "cli/view/status.h"

#define LINES_BYTES_MAX ((size_t)1 << 20) /* of one family */
#define LABEL_BYTES (2 * STORE_NAME_MAX + 1)
#define MICROS 1000000

enum family {
    SUPERVISOR,
    SPACE_LOW,
    CAP,
    EFFECTIVE_CAP,
    SLOTS_USED,
    SLOTS_HELD,
    STOPPED,
    PAUSED,
    PROVIDER_DOWN,
    SPENT,
    BUDGET,
    JOBS,
    BATCHES_OPEN,
    UNCERTAIN,
    WORKERS,
    FAMILIES
};

static const struct {
    const char *name, *help;
} families[FAMILIES] = {
    [SUPERVISOR] = {"ttsq_supervisor_running", "Is there one?"},
    [SPACE_LOW] = {"ttsq_space_low", "Does no call begin, for lack of room on the disk?"},
    [CAP] = {"ttsq_account_cap", "Calls at a time that the account may make."},
    [EFFECTIVE_CAP] = {"ttsq_account_effective_cap", "Calls at a time that it makes just now."},
    [SLOTS_USED] = {"ttsq_account_slots_used", "Slots that workers have for calls."},
    [SLOTS_HELD] = {"ttsq_account_slots_held", "Slots of given-up calls that may still run."},
    [STOPPED] = {"ttsq_account_stopped", "Does it wait for a person?"},
    [PAUSED] = {"ttsq_account_paused", "Does it wait for a time?"},
    [PROVIDER_DOWN] = {"ttsq_account_provider_down",
                       "Does one call at a time ask whether it is up?"},
    [SPENT] = {"ttsq_account_spent_today", "Since midnight (UTC), maybe-billed calls too."},
    [BUDGET] = {"ttsq_account_budget_today", "Most that may be spent on a day."},
    [JOBS] = {"ttsq_jobs", "Jobs by state, of the batches that are there."},
    [BATCHES_OPEN] = {"ttsq_batches_open", "Batches with jobs that have not ended."},
    [UNCERTAIN] = {"ttsq_uncertain_calls",
                   "Calls that may have been billed, of the batches there."},
    [WORKERS] = {"ttsq_workers", "Processes that live, by kind."},
};

static const char *const worker_kinds[] = {"call", "keeper", "notify"};
#define WORKER_KINDS (sizeof worker_kinds / sizeof *worker_kinds)

struct account_sums { /* over its batches */
    char *name;
    int64_t jobs[JOB_STATE_COUNT], open, uncertain;
};

struct metrics {
    const struct config *config;
    struct buf lines[FAMILIES];
    struct account_sums *accounts;
    size_t account_count;
    int64_t workers[WORKER_KINDS];
    bool ok;
};

static const char *label(const char *text, char out[LABEL_BYTES]) {
    size_t used = 0;
    for (; *text && used + 2 < LABEL_BYTES; text++) {
        if (*text == '"' || *text == '\\' || *text == '\n')
            out[used++] = '\\';
        out[used++] = *text;
        if (*text == '\n')
            out[used - 1] = 'n';
    }
    out[used] = '\0';
    return out;
}

static void of_all(struct metrics *m, enum family f, int64_t value) {
    m->ok = buf_printf(&m->lines[f], "%s %" PRId64 "\n", families[f].name, value) && m->ok;
}

static void of_account(struct metrics *m, enum family f, const char *account, int64_t value) {
    char name[LABEL_BYTES];
    m->ok = buf_printf(&m->lines[f], "%s{account=\"%s\"} %" PRId64 "\n", families[f].name,
                       label(account, name), value) &&
            m->ok;
}

static void of_money(struct metrics *m, enum family f, const struct store_account_row *row,
                     int64_t micros) {
    char name[LABEL_BYTES], currency[LABEL_BYTES];
    m->ok =
        buf_printf(&m->lines[f], "%s{account=\"%s\",currency=\"%s\"} %" PRId64 ".%06" PRId64 "\n",
                   families[f].name, label(row->name, name), label(row->money.currency, currency),
                   micros / MICROS, micros % MICROS) &&
        m->ok;
}

static void on_account(const struct store_account_row *row, void *arg) {
    struct metrics *m = arg;
    m->accounts = ensure_realloc(m->accounts, (m->account_count + 1) * sizeof *m->accounts);
    m->accounts[m->account_count++] = (struct account_sums){.name = ensure_strdup(row->name)};
    of_account(m, CAP, row->name, row->cap);
    of_account(m, EFFECTIVE_CAP, row->name, row->effective_cap);
    of_account(m, SLOTS_USED, row->name, row->in_flight);
    of_account(m, SLOTS_HELD, row->name, row->held_leases);
    of_account(m, STOPPED, row->name, row->stopped);
    of_account(m, PAUSED, row->name, row->paused_until_ms > 0);
    of_account(m, PROVIDER_DOWN, row->name, row->is_down);
    of_money(m, SPENT, row, row->money.spent);
    if (row->money.has_budget)
        of_money(m, BUDGET, row, row->money.budget);
}

static bool is_open(const struct store_batch_row *row) {
    return row->loading || row->count[JOB_READY] || row->count[JOB_DELAYED] ||
           row->count[JOB_RUNNING];
}

static void on_batch(const struct store_batch_row *row, void *arg) {
    struct metrics *m = arg;
    for (size_t i = 0; i < m->account_count; i++) {
        struct account_sums *sums = &m->accounts[i];
        if (strcmp(sums->name, row->account) != 0)
            continue;
        for (int state = 0; state < JOB_STATE_COUNT; state++)
            sums->jobs[state] += row->count[state];
        sums->open += is_open(row);
        sums->uncertain += row->uncertain_attempts;
    }
}

static void on_worker(const struct store_status_worker *row, void *arg) {
    struct metrics *m = arg;
    for (size_t i = 0; i < WORKER_KINDS; i++)
        if (strcmp(row->kind, worker_kinds[i]) == 0)
            m->workers[i] += strcmp(status_worker_state(m->config, row), "dead") != 0;
}

static void add_sums(struct metrics *m, const struct account_sums *sums) {
    char name[LABEL_BYTES];
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        m->ok = buf_printf(&m->lines[JOBS], "%s{account=\"%s\",state=\"%s\"} %" PRId64 "\n",
                           families[JOBS].name, label(sums->name, name),
                           job_state_text((enum job_state)state), sums->jobs[state]) &&
                m->ok;
    of_account(m, BATCHES_OPEN, sums->name, sums->open);
    of_account(m, UNCERTAIN, sums->name, sums->uncertain);
}

static void add_fleet(struct metrics *m) {
    struct room room;
    room_look(m->config, &room);
    of_all(m, SUPERVISOR, service_is_running(m->config->fleet));
    of_all(m, SPACE_LOW, room.low);
    for (size_t i = 0; i < WORKER_KINDS; i++)
        m->ok = buf_printf(&m->lines[WORKERS], "%s{kind=\"%s\"} %" PRId64 "\n",
                           families[WORKERS].name, worker_kinds[i], m->workers[i]) &&
                m->ok;
}

static void print(const struct metrics *m) {
    for (int f = 0; f < FAMILIES; f++)
        if (m->lines[f].bytes)
            printf("# HELP %s %s\n# TYPE %s gauge\n%s", families[f].name, families[f].help,
                   families[f].name, buf_str(&m->lines[f]));
}

bool status_metrics(struct session *s, struct err *e) {
    struct metrics m = {.config = s->config, .ok = true};
    struct store_reader reader = {on_account, on_batch, on_worker, &m};
    for (int f = 0; f < FAMILIES; f++)
        buf_init(&m.lines[f], LINES_BYTES_MAX);
    bool ok = store_status(s->store, 0, &reader, e);
    for (size_t i = 0; i < m.account_count; i++)
        add_sums(&m, &m.accounts[i]);
    add_fleet(&m);
    if (ok && !m.ok)
        ok = err_set(e, ERR_INPUT, "more accounts than a metric of %zu bytes holds",
                     LINES_BYTES_MAX);
    if (ok)
        print(&m);
    for (int f = 0; f < FAMILIES; f++)
        buf_release(&m.lines[f]);
    for (size_t i = 0; i < m.account_count; i++)
        free(m.accounts[i].name);
    free(m.accounts);
    return ok;
}
