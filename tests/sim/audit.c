/*
 * audit.c: what must always hold. Knows the provider's ledger and the tables, through a connection
 * and SQL of its own; shares no rule with the code under test.
 *
 *   I1  what was acknowledged is there, in one state, moves along known edges, and done means: with
 *       the very sound that its text becomes
 *   I2  calls at the provider ≤ leases ≤ cap (after it was lowered: never more than before)
 *   I3  a call has a row before it begins; another call of a job only after one that ended without
 *       an answer, or may have
 *   I4  counts kept = counts counted; no lease and no open attempt without a worker
 *   money  what may have been billed for a batch ≤ its budget (the highest it ever had)
 *   plan   a batch's own cap; no call before its start
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "sim.h"

#define JOBS_SEEN_MAX 4096
#define BATCHES_SEEN_MAX 256
#define COUNT_EVERY 16
#define STATES "ready running done delayed failed cancelled held "

struct job_seen {
    char state; /* first two letters tell them apart: 'r' ready, 'R' running, … */
    bool is_promised, is_checked;
    int begun; /* calls that the provider has begun */
    int64_t batch_id;
    char text[96];
};

struct batch_seen {
    bool is_repeated; /* a person has had a hand in it */
    bool has_budget, is_complete, has_started;
    int64_t budget_most, billed_micros;
    int64_t start_ms;
    int64_t running; /* when somebody last committed */
};

static sqlite3 *db;
static sqlite3_stmt *version_stmt, *jobs_stmt, *leases_stmt, *attempt_stmt, *rows_stmt,
    *result_stmt, *orphans_stmt, *counts_stmt, *running_stmt, *promise_stmt;
static int64_t version, commits_seen;
static struct job_seen jobs[JOBS_SEEN_MAX];
static struct batch_seen batches[BATCHES_SEEN_MAX];
static int64_t job_most, batch_most;
static int64_t bound[SIM_ACCOUNTS], leases[SIM_ACCOUNTS];
static int waiting; /* jobs that have not ended */

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK)
        sim_violation("the auditor's own statement: %s", sqlite3_errmsg(db));
    return stmt;
}

static bool row(sqlite3_stmt *stmt) {
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        sim_violation("the auditor cannot read: %s", sqlite3_errmsg(db));
    if (rc == SQLITE_DONE)
        (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW;
}

static int64_t number(sqlite3_stmt *stmt) {
    int64_t n = row(stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_reset(stmt);
    return n;
}

static void open_db(void) {
    int rc = sqlite3_open_v2(sim_database, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    ASSERT(rc == SQLITE_OK);
    (void)sqlite3_exec(db, "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF", NULL, NULL,
                       NULL);
    version_stmt = prepare("PRAGMA data_version");
    jobs_stmt =
        prepare("SELECT id, state, batch_id, result_id FROM job WHERE state <> 'done' OR id > "
                "?1 UNION ALL SELECT id, state, batch_id, result_id FROM job WHERE id <= ?1 "
                "AND state = 'done' ORDER BY id");
    leases_stmt =
        prepare("SELECT a.name, a.cap, (SELECT count(*) FROM lease l WHERE l.account_id = "
                "a.id) FROM account a WHERE a.name IN ('a', 'b')");
    attempt_stmt = prepare("SELECT outcome FROM attempt WHERE job_id = ?1 AND n = ?2");
    rows_stmt = prepare("SELECT count(*), sum(outcome IN ('uncertain', 'refused', 'failed')), "
                        "sum(outcome <> 'unsent') FROM attempt WHERE job_id = ?1");
    result_stmt =
        prepare("SELECT t.text, r.body, r.path, r.bytes, r.sha256 FROM job j JOIN job_text t "
                "ON t.job_id = j.id JOIN result r ON r.id = j.result_id WHERE j.id = ?1");
    orphans_stmt = prepare(
        "SELECT (SELECT count(*) FROM lease WHERE held = 0 AND worker_id NOT IN (SELECT id FROM "
        "worker)) + (SELECT count(*) FROM attempt a WHERE outcome = 'sending' AND worker_id NOT IN "
        "(SELECT id FROM worker)) + (SELECT count(*) FROM job j WHERE state = 'running' AND NOT "
        "EXISTS "
        "(SELECT 1 FROM attempt a WHERE a.job_id = j.id AND outcome = 'sending'))");
    counts_stmt = prepare(
        "SELECT count(*) FROM batch b WHERE producer_id IS NULL AND (n_ready, n_running, n_done, "
        "n_delayed, n_failed, n_cancelled, n_held) <> (SELECT total(state = 'ready'), total(state "
        "= "
        "'running'), total(state = 'done'), total(state = 'delayed'), total(state = 'failed'), "
        "total(state = 'cancelled'), total(state = 'held') FROM job WHERE batch_id = b.id)");
    running_stmt = prepare("SELECT id, cap, (SELECT count(*) FROM job WHERE batch_id = batch.id "
                           "AND state = 'running') FROM batch");
    promise_stmt = prepare("SELECT count(*) FROM job j JOIN job_text t ON t.job_id = j.id WHERE "
                           "j.batch_id = ?1 AND t.text = ?2");
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

void sim_audit_promised(const char *text, int64_t batch_id) {
    sqlite3_bind_int64(promise_stmt, 1, batch_id);
    sqlite3_bind_text(promise_stmt, 2, text, -1, SQLITE_STATIC);
    if (number(promise_stmt) < 1)
        sim_violation("I1: \"%s\" was acknowledged and is not there", text);
}

void sim_audit_changed_by_person(int64_t batch_id) {
    batch_of(batch_id)->is_repeated = true;
}

void sim_audit_batch(const struct sim_batch *wanted) {
    struct batch_seen *b = batch_of(wanted->batch_id);
    b->is_complete = true;
    if (wanted->batch_id > batch_most)
        batch_most = wanted->batch_id;
    b->start_ms = wanted->start_ms;
    b->has_budget = wanted->budget_micros > 0;
    if (wanted->budget_micros > b->budget_most) /* what was spent before it was lowered is spent */
        b->budget_most = wanted->budget_micros;
}

int64_t sim_price_micros(const char *text) {
    return (int64_t)strlen(text) * 1000; /* 1 USD per 1K codepoints: fleet.c */
}

/* ---- a call begins --------------------------------------------------------------------------- */

static void check_rows(const struct sim_call *c, struct job_seen *j) {
    sqlite3_bind_int64(rows_stmt, 1, c->job_id);
    int64_t causes = 0, sent = 0;
    if (row(rows_stmt)) {
        causes = sqlite3_column_int64(rows_stmt, 1);
        sent = sqlite3_column_int64(rows_stmt, 2);
    }
    (void)sqlite3_reset(rows_stmt);
    if (j->begun > sent)
        sim_violation("I3: job %lld was begun %d times, and %lld rows say so", (long long)c->job_id,
                      j->begun, (long long)sent);
    if (j->begun - 1 > causes && !batch_of(j->batch_id)->is_repeated)
        sim_violation("I3: job %lld is called a %d. time without a reason in its rows",
                      (long long)c->job_id, j->begun);
}

static void check_money(const struct sim_call *c, const struct job_seen *j) {
    struct batch_seen *b = batch_of(j->batch_id);
    if (!sim_is_billed(c->fate) || !b->has_budget)
        return;
    sqlite3_stmt *stmt = prepare("SELECT count(*) FROM batch WHERE id = ?1 AND profile = 'pp'");
    sqlite3_bind_int64(stmt, 1, j->batch_id);
    bool has_price = number(stmt) > 0;
    (void)sqlite3_finalize(stmt);
    if (!has_price)
        return;
    b->billed_micros += sim_price_micros(c->text);
    if (b->billed_micros > b->budget_most)
        sim_violation("money: batch %lld may cost %lld and has cost %lld micros",
                      (long long)j->batch_id, (long long)b->budget_most,
                      (long long)b->billed_micros);
}

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
    sqlite3_bind_int64(attempt_stmt, 1, c->job_id);
    sqlite3_bind_int64(attempt_stmt, 2, c->attempt_no);
    bool is_there = row(attempt_stmt);
    bool is_unsent =
        is_there && strcmp((const char *)sqlite3_column_text(attempt_stmt, 0), "unsent") == 0;
    (void)sqlite3_reset(attempt_stmt);
    if (!is_there || is_unsent)
        sim_violation("I3: job %lld attempt %d arrives, and its row %s", (long long)c->job_id,
                      c->attempt_no, is_there ? "says that it was not sent" : "is not there");
    j->begun++;
    check_rows(c, j);
    check_money(c, j);
    check_start(c, j);
    int n = sim_in_flight(c->account);
    if (n > leases[c->account])
        sim_violation("I2: account %d has %d calls in flight under %lld leases", c->account, n,
                      (long long)leases[c->account]);
    if (n > bound[c->account])
        sim_violation("I2: account %d has %d calls in flight at a cap of %lld", c->account, n,
                      (long long)bound[c->account]);
}

void sim_audit_over(const struct sim_call *c) {
    (void)c;
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

static bool is_sound(const char *path, const void *body, int64_t bytes, const unsigned char *sha,
                     const char *text) {
    unsigned char expected[SIM_AUDIO_MAX], hash[STORE_SHA256_BYTES];
    struct sha256 state;
    size_t count = sim_audio(text, expected);
    sha256_init(&state);
    sha256_add(&state, expected, count);
    sha256_finish(&state, hash);
    return bytes == (int64_t)count && memcmp(hash, sha, sizeof hash) == 0 &&
           (path || memcmp(body, expected, count) == 0);
}

static void check_result(int64_t id) {
    sqlite3_bind_int64(result_stmt, 1, id);
    if (!row(result_stmt))
        sim_violation("I1: job %lld is done and has no answer", (long long)id);
    const char *text = (const char *)sqlite3_column_text(result_stmt, 0);
    const char *path = (const char *)sqlite3_column_text(result_stmt, 2);
    if (!is_sound(path, sqlite3_column_blob(result_stmt, 1), sqlite3_column_int64(result_stmt, 3),
                  sqlite3_column_blob(result_stmt, 4), text))
        sim_violation("I1: the answer of job %lld is not what \"%s\" becomes", (long long)id, text);
    (void)sqlite3_reset(result_stmt);
}

/* Only what was never acknowledged may vanish. */
static void check_gone(int64_t from, int64_t to) {
    for (int64_t id = from; id < to; id++) {
        struct job_seen *j = job_of(id);
        if (j->state != 0 && batch_of(j->batch_id)->is_complete)
            sim_violation("I1: job %lld of batch %lld is gone", (long long)id,
                          (long long)j->batch_id);
        j->state = 0;
    }
}

static void check_jobs(void) {
    sqlite3_bind_int64(jobs_stmt, 1, job_most);
    waiting = 0;
    int64_t before = 0;
    while (row(jobs_stmt)) {
        int64_t id = sqlite3_column_int64(jobs_stmt, 0);
        char state = letter_of((const char *)sqlite3_column_text(jobs_stmt, 1));
        struct job_seen *j = job_of(id);
        bool same_batch = j->batch_id == sqlite3_column_int64(jobs_stmt, 2);
        check_gone(before + 1, id);
        if (!same_batch) /* the id of a batch that was never whole is given again */
            *j = (struct job_seen){.batch_id = sqlite3_column_int64(jobs_stmt, 2)};
        if (j->state != state && !may_become(j->state, state))
            sim_violation("I1: job %lld goes from %c to %c", (long long)id, j->state, state);
        j->state = state;
        if (state == 'o' && !j->is_checked) {
            check_result(id);
            j->is_checked = true;
        }
        waiting += state == 'r' || state == 'R' || state == 'd';
        before = id;
    }
    check_gone(before + 1, job_most + 1);
    job_most = before;
}

static void check_leases(void) {
    while (row(leases_stmt)) {
        int account = strcmp((const char *)sqlite3_column_text(leases_stmt, 0), "b") == 0;
        int64_t cap = sqlite3_column_int64(leases_stmt, 1);
        int64_t count = sqlite3_column_int64(leases_stmt, 2);
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

/* A batch with a cap of its own gets no more running jobs than that; a person's retry of a job that
 * is cancelled and still called does not ask. */
static void check_running(void) {
    while (row(running_stmt)) {
        int64_t id = sqlite3_column_int64(running_stmt, 0),
                cap = sqlite3_column_int64(running_stmt, 1);
        int64_t count = sqlite3_column_int64(running_stmt, 2);
        struct batch_seen *b = batch_of(id);
        if (cap > 0 && count > cap && count > b->running && !b->is_repeated)
            sim_violation("plan: batch %lld may have %lld jobs running and has %lld", (long long)id,
                          (long long)cap, (long long)count);
        b->running = count;
    }
}

static void check_counts(void) {
    if (number(orphans_stmt) > 0)
        sim_violation("I4: a lease, an open attempt or a running job without its worker");
    if (number(counts_stmt) > 0)
        sim_violation("I4: a kept count is not the counted one");
}

static void look_at_clock(void) {
    int64_t now_ms = clock_wall_ms();
    for (int64_t i = 0; i <= batch_most; i++)
        if (batches[i].is_complete && now_ms >= batches[i].start_ms)
            batches[i].has_started = true;
}

void sim_audit_step(void) {
    int64_t now = number(version_stmt);
    look_at_clock();
    if (now == version)
        return;
    version = now;
    commits_seen++;
    sim_report.commits++;
    check_jobs();
    check_leases();
    check_running();
    if (commits_seen % COUNT_EVERY == 0)
        check_counts();
    sim_fleet_committed();
}

bool sim_audit_is_calm(void) {
    return waiting == 0;
}

const char *sim_audit_left(void) {
    static char out[1024];
    int used = snprintf(out, sizeof out, "%d jobs%s", waiting,
                        sim_fleet_is_idle() ? "" : ", a process that does not live or rest");
    sqlite3_stmt *stmt = prepare(
        "SELECT j.id, j.state, due_boot_ms - ?1, waits_for, coalesce(why, format('batch %d: "
        "ready %d, running %d, cap %d, budget %d, spent %d, reserved %d, need %d', b.id, "
        "n_ready, n_running, b.cap, b.budget_micros, b.spent_micros, b.reserved_micros, "
        "b.need_micros)) FROM job j JOIN batch b ON b.id = j.batch_id "
        "WHERE state IN ('ready', 'running', 'delayed') LIMIT 8");
    sqlite3_bind_int64(stmt, 1, clock_boot_ms());
    while (row(stmt) && used < (int)sizeof out - 256)
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
    check_counts();
    struct store *s = sim_store_open();
    if (!s || !store_verify(s, false, &e))
        sim_violation("I4: %s", s ? e.msg : "the store does not open");
    sim_store_lost(s);
}

/* ---- a run begins ---------------------------------------------------------------------------- */

static void empty_tables(void) {
    sqlite3_stmt *names =
        prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT "
                "LIKE 'sqlite_%' AND name <> 'meta'");
    char *all = sqlite3_mprintf("BEGIN IMMEDIATE;");
    while (row(names)) {
        char *more = sqlite3_mprintf("%sDELETE FROM \"%w\";", all, sqlite3_column_text(names, 0));
        sqlite3_free(all);
        all = more;
    }
    (void)sqlite3_finalize(names);
    char *message = NULL;
    int rc = sqlite3_exec(db, all, NULL, NULL, &message);
    if (rc != SQLITE_OK || sqlite3_exec(db, "COMMIT", NULL, NULL, &message) != SQLITE_OK)
        sim_violation("the tables cannot be emptied: %s", message);
    sqlite3_free(all);
    (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void sim_audit_begin(void) {
    if (!db)
        open_db();
    empty_tables();
    memset(jobs, 0, sizeof *jobs * (size_t)(job_most + 2));
    memset(batches, 0, sizeof batches);
    memset(bound, 0, sizeof bound);
    memset(leases, 0, sizeof leases);
    job_most = batch_most = commits_seen = 0;
    waiting = 0;
    version = -1;
}
