/*
 * audit.c: what must always hold. Knows the provider's ledger and the tables, through a connection
 * and SQL of its own; shares no rule with the code under test.
 *
 *   I1  what was acknowledged is there, in one state, moves along known edges, and done means: with
 *       the very sound that its text becomes
 *   I2  calls at the provider ≤ leases ≤ cap (after it was lowered: never more than before)
 *   I4  counts kept = counts counted; no lease and no open attempt without a worker
 *   plan   a batch's own cap; no call before its start
 */
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "base/ensure.h"
#include "sim.h"

#define JOBS_SEEN_MAX 4096
#define BATCHES_SEEN_MAX 256
#define LOOK_AT_ALL_EVERY 16 /* commits */
#define STATES 7

struct job_seen {
    char state; /* one of letters; 0 = it is not there */
    bool is_checked, is_touched;
    int64_t batch_id;
};

struct batch_seen {
    bool is_repeated; /* a person has had a hand in it */
    bool is_complete, has_started, may_go;
    int64_t start_ms;
    int64_t jobs[STATES]; /* in each state */
    int64_t ran;          /* running before the newest commit */
};

static sqlite3 *db;
static sqlite3_stmt *version_stmt, *job_stmt, *jobs_stmt, *accounts_stmt, *orphans_stmt,
    *batches_stmt, *promise_stmt;
static int64_t version = -1, writes_seen, commits_seen;
static struct job_seen jobs[JOBS_SEEN_MAX];
static struct batch_seen batches[BATCHES_SEEN_MAX];
static int64_t job_most, batch_most;
static int64_t bound[SIM_ACCOUNTS], leases[SIM_ACCOUNTS];
static int waiting; /* jobs that have not ended */
static int64_t touched[JOBS_SEEN_MAX];
static size_t touched_count;
static bool has_ends;                    /* rows of ends of batches were written */
static const char letters[] = "rRodfch"; /* of states, in the order of batches_stmt: ready, running,
                                          * done, delayed, failed, cancelled, held */

sqlite3_stmt *audit_prepare(const char *sql) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK)
        sim_violation("the auditor's own statement: %s", sqlite3_errmsg(db));
    return stmt;
}

bool audit_row(sqlite3_stmt *stmt) {
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        sim_violation("the auditor cannot read: %s", sqlite3_errmsg(db));
    if (rc == SQLITE_DONE)
        (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW;
}

int64_t audit_number(sqlite3_stmt *stmt) {
    int64_t n = audit_row(stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_reset(stmt);
    return n;
}

void sim_audit_open(void) {
    int rc = sqlite3_open_v2(sim_database, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    ASSERT(rc == SQLITE_OK);
    (void)sqlite3_exec(db, "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF", NULL, NULL,
                       NULL);
    version_stmt = audit_prepare("PRAGMA data_version");
    job_stmt = audit_prepare("SELECT state, batch_id FROM job WHERE id = ?1");
    jobs_stmt = audit_prepare("SELECT state, batch_id, id FROM job ORDER BY id");
    accounts_stmt =
        audit_prepare("SELECT a.name, a.cap, (SELECT count(*) FROM lease l WHERE l.account_id = "
                      "a.id), coalesce(a.budget_day_micros, -1) FROM account a WHERE a.name IN "
                      "('a', 'b')");
    orphans_stmt = audit_prepare(
        "SELECT (SELECT count(*) FROM lease WHERE held = 0 AND worker_id NOT IN (SELECT id FROM "
        "worker)) + (SELECT count(*) FROM attempt a WHERE outcome = 'sending' AND worker_id NOT IN "
        "(SELECT id FROM worker)) + (SELECT count(*) FROM job j WHERE state = 'running' AND NOT "
        "EXISTS "
        "(SELECT 1 FROM attempt a WHERE a.job_id = j.id AND outcome = 'sending'))");
    batches_stmt = audit_prepare("SELECT id, coalesce(cap, 0), n_ready, n_running, n_done, "
                                 "n_delayed, n_failed, n_cancelled, n_held FROM batch WHERE "
                                 "producer_id IS NULL");
    audit_call_open();
    audit_answer_open();
    audit_money_open();
    audit_prune_open();
    audit_ending_open();
    promise_stmt =
        audit_prepare("SELECT t.text FROM job j JOIN job_text t ON t.job_id = j.id WHERE "
                      "j.batch_id = ?1 ORDER BY j.seq");
}

/* ---- what others tell ------------------------------------------------------------------------ */

static struct batch_seen *batch_of(int64_t id) {
    ASSERT(id >= 0 && id < BATCHES_SEEN_MAX);
    return &batches[id];
}

static struct job_seen *job_of(int64_t id) {
    ASSERT(id > 0 && id < JOBS_SEEN_MAX);
    return &jobs[id];
}

void sim_audit_promised(int64_t batch_id, char (*texts)[SIM_TEXT_MAX], int count) {
    int i = 0;
    sqlite3_bind_int64(promise_stmt, 1, batch_id);
    for (; audit_row(promise_stmt); i++)
        if (i >= count || strcmp((const char *)sqlite3_column_text(promise_stmt, 0), texts[i]) != 0)
            sim_violation("I1: text %d of batch %lld is not the one that was acknowledged", i + 1,
                          (long long)batch_id);
    if (i < count)
        sim_violation("I1: \"%s\" was acknowledged and is not there", texts[i]);
}

static void on_row(void *arg, int what, const char *database, const char *table, sqlite3_int64 id) {
    (void)arg, (void)what, (void)database;
    has_ends = has_ends || strcmp(table, "ending") == 0;
    if (strcmp(table, "job") != 0 || job_of(id)->is_touched)
        return;
    job_of(id)->is_touched = true;
    touched[touched_count++] = id;
}

void sim_audit_watch(sqlite3 *of) {
    (void)sqlite3_update_hook(of, on_row, NULL);
}

void sim_audit_changed_by_person(int64_t batch_id) {
    batch_of(batch_id)->is_repeated = true;
}

void audit_batch_may_go(int64_t batch_id) {
    batch_of(batch_id)->may_go = true;
}

void sim_audit_batch(const struct sim_batch *wanted) {
    struct batch_seen *b = batch_of(wanted->batch_id);
    b->is_complete = true;
    if (wanted->batch_id > batch_most)
        batch_most = wanted->batch_id;
    b->start_ms = wanted->start_ms;
    audit_batch_may_cost(wanted->batch_id, wanted->budget_micros);
}

/* ---- a call begins --------------------------------------------------------------------------- */

/* The wall clock may be set back after a batch has started. */
static void check_start(const struct sim_call *c, const struct job_seen *j) {
    const struct batch_seen *b = batch_of(j->batch_id);
    if (b->start_ms > 0 && !b->has_started && !b->is_repeated)
        sim_violation("plan: job %lld is called, and its batch starts in %lld ms",
                      (long long)c->job_id, (long long)(b->start_ms - clock_wall_ms()));
}

void sim_audit_sent(const struct sim_call *c) {
    struct job_seen *j = job_of(c->job_id);
    sim_audit_step();
    audit_call(c, j->batch_id, batch_of(j->batch_id)->is_repeated);
    audit_money_sent(c, j->batch_id);
    check_start(c, j);
    int n = sim_in_flight(c->account);
    if (n > leases[c->account])
        sim_violation("I2: account %d has %d calls in flight under %lld leases", c->account, n,
                      (long long)leases[c->account]);
    if (n > bound[c->account])
        sim_violation("I2: account %d has %d calls in flight at a cap of %lld", c->account, n,
                      (long long)bound[c->account]);
}

/* ---- after a commit -------------------------------------------------------------------------- */

static bool may_become(char from, char to) {
    static const struct {
        char from;
        const char *to;
    } edges[] = {{0, "rdch R"}, {'r', "Rdchof"}, {'R', "rodfch"}, {'d', "rRoch"},
                 {'f', "rRo"},  {'c', "rdRo"},   {'h', "rdRoc"},  {'o', ""}};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        if (edges[i].from == from)
            return strchr(edges[i].to, to) != NULL;
    return false;
}

static char letter_of(const char *state) {
    return strcmp(state, "running") == 0 ? 'R' : strcmp(state, "done") == 0 ? 'o' : state[0];
}

static size_t state_index(char letter) {
    const char *at = strchr(letters, letter);
    ASSERT(letter != 0 && at);
    return (size_t)(at - letters);
}

static bool is_waiting(char state) {
    return state == 'r' || state == 'R' || state == 'd';
}

static void count_state(const struct job_seen *j, int by) {
    waiting += is_waiting(j->state) ? by : 0;
    if (j->state != 0)
        batch_of(j->batch_id)->jobs[state_index(j->state)] += by;
}

/* Only what was never acknowledged may vanish. */
static void check_gone(int64_t id) {
    struct job_seen *j = job_of(id);
    if (j->state != 0 && batch_of(j->batch_id)->is_complete && !batch_of(j->batch_id)->may_go)
        sim_violation("I1: job %lld of batch %lld is gone", (long long)id, (long long)j->batch_id);
    count_state(j, -1);
    j->state = 0;
}

/* `stmt` stands on a row of the job: its state and batch. */
static void check_job(int64_t id, sqlite3_stmt *stmt) {
    char state = letter_of((const char *)sqlite3_column_text(stmt, 0));
    int64_t batch_id = sqlite3_column_int64(stmt, 1);
    struct job_seen *j = job_of(id);
    count_state(j, -1);
    if (j->batch_id != batch_id) /* the id of a batch that was never whole is given again */
        *j = (struct job_seen){.batch_id = batch_id};
    if (j->state != state && !may_become(j->state, state))
        sim_violation("I1: job %lld goes from %c to %c", (long long)id, j->state, state);
    j->state = state;
    count_state(j, +1);
    if (state == 'o' && !j->is_checked) {
        audit_answer(id);
        j->is_checked = true;
    }
    if (id > job_most)
        job_most = id;
}

/* Those of which SQLite has said that their rows were written. */
static void check_touched(void) {
    while (touched_count > 0) {
        int64_t id = touched[--touched_count];
        job_of(id)->is_touched = false;
        sqlite3_bind_int64(job_stmt, 1, id);
        if (audit_row(job_stmt))
            check_job(id, job_stmt);
        else
            check_gone(id);
        (void)sqlite3_reset(job_stmt);
    }
}

static void check_all(void) {
    int64_t before = 0;
    while (audit_row(jobs_stmt)) {
        int64_t id = sqlite3_column_int64(jobs_stmt, 2);
        while (++before < id)
            check_gone(before);
        check_job(id, jobs_stmt);
    }
    while (++before <= job_most)
        check_gone(before);
}

static void check_accounts(void) {
    while (audit_row(accounts_stmt)) {
        int account = strcmp((const char *)sqlite3_column_text(accounts_stmt, 0), "b") == 0;
        int64_t cap = sqlite3_column_int64(accounts_stmt, 1);
        int64_t count = sqlite3_column_int64(accounts_stmt, 2);
        audit_account_may_cost(account, sqlite3_column_int64(accounts_stmt, 3));
        if (count > cap && count > bound[account])
            sim_violation("I2: account %d has %lld leases, its cap is %lld", account,
                          (long long)count, (long long)cap);
        bound[account] = count > cap ? count : cap;
        leases[account] = count;
        if (sim_in_flight(account) > count)
            sim_violation("I2: account %d has %d calls in flight, and %lld leases are left",
                          account, sim_in_flight(account), (long long)count);
    }
}

/* A person's retry of a job that is cancelled and still called asks no batch's cap. */
static void check_batch(int64_t id, struct batch_seen *b, int64_t cap) {
    int64_t running = b->jobs[state_index('R')];
    if (cap > 0 && running > cap && running > b->ran && !b->is_repeated)
        sim_violation("plan: batch %lld may have %lld jobs running and has %lld", (long long)id,
                      (long long)cap, (long long)running);
    b->ran = running;
}

/* The counts that a batch keeps are those of its jobs' states. */
static void check_batches(void) {
    while (audit_row(batches_stmt)) {
        int64_t id = sqlite3_column_int64(batches_stmt, 0);
        check_batch(id, batch_of(id), sqlite3_column_int64(batches_stmt, 1));
        for (int i = 0; i < STATES; i++)
            if (sqlite3_column_int64(batches_stmt, i + 2) != batch_of(id)->jobs[i])
                sim_violation("I4: batch %lld keeps %lld as the count of its %lld jobs in state %c",
                              (long long)id, (long long)sqlite3_column_int64(batches_stmt, i + 2),
                              (long long)batch_of(id)->jobs[i], letters[i]);
    }
}

static void check_orphans(void) {
    if (audit_number(orphans_stmt) > 0)
        sim_violation("I4: a lease, an open attempt or a running job without its worker");
}

static void look_at_clock(void) {
    int64_t now_ms = clock_wall_ms();
    for (int64_t i = 0; i <= batch_most; i++)
        if (batches[i].is_complete && now_ms >= batches[i].start_ms)
            batches[i].has_started = true;
}

void sim_audit_step(void) {
    look_at_clock();
    if (!sim_connection_is_at_rest())
        sim_violation("a step leaves a transaction open");
    if (sim_vfs_writes() == writes_seen)
        return;
    writes_seen = sim_vfs_writes();
    int64_t now = audit_number(version_stmt);
    if (now == version)
        return;
    version = now;
    commits_seen++;
    sim_report.commits++;
    bool is_full_look = commits_seen % LOOK_AT_ALL_EVERY == 0;
    check_touched();
    if (is_full_look)
        check_all();
    check_accounts();
    check_batches();
    if (has_ends)
        audit_endings_look();
    has_ends = false;
    if (is_full_look)
        check_orphans();
    sim_fleet_committed();
}

bool sim_audit_is_calm(void) {
    return waiting == 0 && !sim_prune_is_left() && audit_endings_are_told();
}

const char *sim_audit_left(void) {
    static char out[1024];
    int used = snprintf(out, sizeof out, "%d jobs%s%s%s", waiting,
                        sim_prune_is_left() ? ", rows that were pruned" : "",
                        audit_endings_are_told() ? "" : ", an end that is not told",
                        sim_fleet_is_idle() ? "" : ", a process that does not live or rest");
    sqlite3_stmt *stmt = audit_prepare(
        "SELECT j.id, j.state, due_boot_ms - ?1, waits_for, coalesce(why, format('batch %d: "
        "ready %d, running %d, cap %d, budget %d, spent %d, reserved %d, need %d', b.id, "
        "n_ready, n_running, b.cap, b.budget_micros, b.spent_micros, b.reserved_micros, "
        "b.need_micros)) FROM job j JOIN batch b ON b.id = j.batch_id "
        "WHERE state IN ('ready', 'running', 'delayed') LIMIT 8");
    sqlite3_bind_int64(stmt, 1, clock_boot_ms());
    while (audit_row(stmt) && used < (int)sizeof out - 256)
        used += snprintf(
            out + used, sizeof out - (size_t)used,
            "; job %lld %s, due in %lld ms, waits for %lld, \"%.99s\"",
            (long long)sqlite3_column_int64(stmt, 0), sqlite3_column_text(stmt, 1),
            (long long)sqlite3_column_int64(stmt, 2), (long long)sqlite3_column_int64(stmt, 3),
            sqlite3_column_text(stmt, 4) ? (const char *)sqlite3_column_text(stmt, 4) : "");
    (void)sqlite3_finalize(stmt);
    return out;
}

void sim_audit_end(void) {
    struct err e;
    check_all();
    check_batches();
    check_orphans();
    audit_prune_end();
    audit_ending_end();
    for (int64_t id = 1; id <= job_most; id++)
        if (jobs[id].state == 'o')
            audit_answer_bytes(id);
    struct store *s = sim_store_open();
    if (!s || !store_verify(s, false, &e))
        sim_violation("I4: %s", s ? e.msg : "the store does not open");
    store_close(s);
}
