/*
 * statements.c: what lies between the real code and SQLite: the connection that all processes use
 * in turn, and the mutants, which are edits of a statement's text or of a call's arguments.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "sim.h"
#include "store/sqlite/db.h"

#define STORES_MAX 16 /* open at once: a worker's each, the keeper's, the notifier's, people's */

enum sim_mutant sim_mutant;

/* ---- the connection ---------------------------------------------------------------------------*/

/* A transaction is one step, so nothing is open between two steps, and what one process has in its
 * cache is what the next one would read. A connection of its own for each would be a third of the
 * time. All of store_open is real but for this: the settings are made, the statements prepared. */
static struct {
    sqlite3 *db;
    struct {
        const char *sql; /* by address; NULL: not prepared */
        sqlite3_stmt *stmt;
    } prepared[QUERY_COUNT];
} shared;

static bool is_opening; /* a store, up to its first statement */

/* What each process has committed, so that it sees the commits of the others. */
static struct {
    const struct store *store;
    int64_t commits;
} stores[STORES_MAX];
static int64_t commits;

bool __real_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
bool __wrap_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
int __real_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message);
int __wrap_sqlite3_close(sqlite3 *db);
void __wrap_db_finalize_all(struct store *s);
bool __real_db_end(struct store *s, bool ok, struct err *e);
bool __wrap_db_end(struct store *s, bool ok, struct err *e);
int64_t __wrap_store_data_version(struct store *s);

bool __wrap_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e) {
    is_opening = true;
    bool ok = __real_store_open(out, path, mode, e);
    is_opening = false;
    return ok;
}

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs) {
    if (!is_opening) /* the auditor's own */
        return __real_sqlite3_open_v2(path, db, flags, vfs);
    if (!shared.db) {
        int rc = __real_sqlite3_open_v2(path, &shared.db, flags, vfs);
        ASSERT(rc == SQLITE_OK);
        sim_audit_watch(shared.db);
    }
    *db = shared.db;
    return SQLITE_OK;
}

int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message) {
    if (is_opening && shared.prepared[0].stmt)
        return SQLITE_OK; /* settings: SQLite would prepare every statement anew after them */
    return __real_sqlite3_exec(db, sql, each, arg, message);
}

/* Of a store that is closed, by itself or by its process's death. */
void __wrap_db_finalize_all(struct store *s) {
    for (size_t i = 0; i < STORES_MAX; i++)
        if (stores[i].store == s)
            stores[i].store = NULL;
}

int __wrap_sqlite3_close(sqlite3 *db) {
    (void)db;
    return SQLITE_OK;
}

static int64_t *commits_of(const struct store *s) {
    size_t unused = STORES_MAX;
    for (size_t i = 0; i < STORES_MAX; i++) {
        if (stores[i].store == s)
            return &stores[i].commits;
        if (!stores[i].store)
            unused = i;
    }
    ASSERT(unused < STORES_MAX);
    stores[unused].store = s;
    stores[unused].commits = 0;
    return &stores[unused].commits;
}

bool __wrap_db_end(struct store *s, bool ok, struct err *e) {
    int64_t writes = sim_vfs_writes();
    bool is_durable = __real_db_end(s, ok, e);
    if (sim_vfs_writes() != writes) {
        commits++;
        ++*commits_of(s);
    }
    return is_durable;
}

int64_t __wrap_store_data_version(struct store *s) {
    return commits - *commits_of(s);
}

bool sim_connection_is_at_rest(void) {
    return sqlite3_txn_state(shared.db, NULL) == SQLITE_TXN_NONE;
}

struct store *sim_store_open(void) {
    struct store *s = NULL;
    struct err e = {.msg = ""};
    if (!store_open(&s, sim_database, STORE_WRITE, &e))
        sim_say("store does not open: %s", e.msg);
    return s;
}

void sim_statements_prepare(void) {
    for (int i = 0; i < QUERY_COUNT; i++)
        (void)sqlite3_finalize(shared.prepared[i].stmt);
    memset(shared.prepared, 0, sizeof shared.prepared);
    struct store *s = sim_store_open();
    for (enum query q = 0; s && q < QUERY_COUNT; q++)
        db_done(db_query(s, q, NO_BINDS));
    store_close(s);
}

/* ---- mutants ----------------------------------------------------------------------------------*/

static const struct edit {
    enum sim_mutant mutant;
    const char *text, *instead;
} edits[] = {
    {MUTANT_NO_FENCE, "SELECT outcome, cost_micros, account_id FROM attempt",
     "SELECT 'sending', cost_micros, account_id FROM attempt"},
    {MUTANT_NO_FENCE, "WHERE job_id = :job_id AND n = :n AND outcome = 'sending'",
     "WHERE job_id = :job_id AND n = :n"},
    {MUTANT_NO_PROMOTE, "why = NULL WHERE id = :job_id AND state = 'delayed'",
     "why = NULL WHERE id = :job_id AND state = 'never'"},
    {MUTANT_COUNT_NOT_MOVED, "n_done = n_done + :done", "n_done = n_done + 0 * :done"},
    {MUTANT_CAP_FORGOTTEN,
     "SELECT count(*) FROM lease WHERE account_id = :account_id AND slot_no >=",
     "SELECT 0 * count(*) FROM lease WHERE account_id = :account_id AND slot_no >="},
    {MUTANT_ABANDONED_SLOT_FREE, "min(:over_by_boot_ms, :now_boot_ms +",
     "min(0 * :over_by_boot_ms, :now_boot_ms +"},
    {MUTANT_WAITERS_LOST, "SET state = 'done', result_id = :result_id, waits_for = NULL",
     "SET state = 'delayed', result_id = nullif(:result_id, :result_id), waits_for = NULL"},
    {MUTANT_ANSWER_LOST, "result_id = coalesce(:result_id, result_id)",
     "result_id = coalesce(nullif(:result_id, :result_id), result_id)"},
    {MUTANT_NO_RESERVE, "reserved_micros = reserved_micros + :reserved WHERE id = :batch_id",
     "reserved_micros = reserved_micros + 0 * :reserved WHERE id = :batch_id"},
    {MUTANT_DAY_NOT_RESERVED,
     "reserved_micros = reserved_micros + :reserved WHERE id = :account_id",
     "reserved_micros = reserved_micros + 0 * :reserved WHERE id = :account_id"},
    {MUTANT_DAY_SET_BACK, "l.account_id = account.id), 0)\n    WHERE id = :account_id",
     "l.account_id = account.id), 0) WHERE day < :day AND id = :account_id"},
    {MUTANT_BOOT_FREES_SLOTS, ":now_boot_ms + (SELECT linger_ms",
     ":now_boot_ms + 0 * (SELECT linger_ms"},
    {MUTANT_BATCH_CAP_IGNORED, "min(b.n_ready, b.cap - b.n_running)", "b.n_ready"},
    {MUTANT_START_IGNORED, "start_ms <= :now_ms", "start_ms <= :now_ms + 60000"},
    {MUTANT_PIECE_SKIPPED, "p.n > :n AND p.result_id IS NULL ORDER", "p.n > :n + 1 ORDER"},
    {MUTANT_PIECE_MISPLACED,
     "UPDATE piece SET result_id = :result_id WHERE job_id = :job_id AND n = :n",
     "UPDATE piece SET result_id = :result_id WHERE job_id = :job_id AND n = :n + 1"},
    {MUTANT_PRUNE_TAKES_SHARED, "WHERE j.id = :job_id AND j.result_id = result.id",
     "WHERE j.id = :job_id AND j.result_id = -result.id"},
    {MUTANT_PRUNE_FORGETS_BILL, "UPDATE bill SET batch_id = -:pruned_id WHERE batch_id",
     "UPDATE bill SET calls = 0 * :pruned_id, chars = 0, micros = 0 WHERE batch_id"},
    {MUTANT_ENDING_LOST, "WHERE b.id = :batch_id AND target <> ''",
     "WHERE b.id = :batch_id AND target <> '' AND b.n_failed = 0"},
    {MUTANT_ENDING_STUCK, "WHERE state = 'running';", "WHERE state = 'running' AND 0;"},
    {MUTANT_LEASE_TOO_SHORT, "(:account_id, :slot_no, :worker_id, :until_boot_ms)",
     "(:account_id, :slot_no, :worker_id, :until_boot_ms - 91500)"},
};

#define EDITS (sizeof edits / sizeof *edits)

static bool is_found[EDITS]; /* in a statement */

static char *edited(const char *sql, const struct edit *edit, const char *at) {
    size_t bytes = strlen(sql) + strlen(edit->instead) + 1;
    char *out = ensure_alloc(bytes);
    (void)snprintf(out, bytes, "%.*s%s%s", (int)(at - sql), sql, edit->instead,
                   at + strlen(edit->text));
    return out;
}

int __real_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags,
                              sqlite3_stmt **out, const char **tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags,
                              sqlite3_stmt **out, const char **tail);

static int prepare(sqlite3 *db, const char *sql, unsigned flags, sqlite3_stmt **out) {
    for (size_t i = 0; i < EDITS; i++) {
        const char *at = strstr(sql, edits[i].text);
        is_found[i] |= at != NULL;
        if (!at || edits[i].mutant != sim_mutant)
            continue;
        char *text = edited(sql, &edits[i], at);
        int rc = __real_sqlite3_prepare_v3(db, text, -1, flags, out, NULL);
        free(text);
        return rc;
    }
    return __real_sqlite3_prepare_v3(db, sql, -1, flags, out, NULL);
}

/* A store asks for each of its statements once; who asks first prepares it for all. */
int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags,
                              sqlite3_stmt **out, const char **tail) {
    ASSERT(db == shared.db && bytes == -1 && !tail);
    is_opening = false;
    size_t i = 0;
    while (i < QUERY_COUNT && shared.prepared[i].sql && shared.prepared[i].sql != sql)
        i++;
    ASSERT(i < QUERY_COUNT);
    if (!shared.prepared[i].sql) {
        int rc = prepare(db, sql, flags, &shared.prepared[i].stmt);
        if (rc != SQLITE_OK)
            return rc;
        shared.prepared[i].sql = sql;
    }
    *out = shared.prepared[i].stmt;
    return SQLITE_OK;
}

/* An edit whose text no statement has any more is no bug: its mutant would survive, or be nothing.
 * So every run looks, not only those with mutants. */
void sim_mutants_check(void) {
    for (size_t i = 0; i < EDITS; i++)
        if (!is_found[i]) {
            (void)fprintf(stderr,
                          "sim: mutant %d edits a text that no statement has: \"%s\"; write what "
                          "stands in sql/sqlite/query now into tests/sim/statements.c\n",
                          (int)edits[i].mutant, edits[i].text);
            exit(2);
        }
}

bool __real_store_reap(struct store *s, int64_t worker_id, const struct store_sent *sent,
                       struct store_reap_report *report, struct err *e);
bool __wrap_store_reap(struct store *s, int64_t worker_id, const struct store_sent *sent,
                       struct store_reap_report *report, struct err *e);

bool __wrap_store_reap(struct store *s, int64_t worker_id, const struct store_sent *sent,
                       struct store_reap_report *report, struct err *e) {
    size_t count = sent && sim_mutant != MUTANT_NO_UNCERTAIN_ROW ? sent->count : 0;
    struct store_sent_mark *changed = ensure_alloc((count + 1) * sizeof *changed);
    for (size_t i = 0; i < count; i++) {
        changed[i] = sent->marks[i];
        changed[i].over = changed[i].over || sim_mutant == MUTANT_SLOT_FREED_AT_DEATH;
    }
    const struct store_sent told = {.marks = changed, .count = count};
    bool ok = __real_store_reap(s, worker_id, sent ? &told : NULL, report, e);
    free(changed);
    return ok;
}

bool __real_account_may_send(const struct account *a, bool probe, int64_t deadline_boot_ms,
                             int64_t now_boot_ms);
bool __wrap_account_may_send(const struct account *a, bool probe, int64_t deadline_boot_ms,
                             int64_t now_boot_ms);

bool __wrap_account_may_send(const struct account *a, bool probe, int64_t deadline_boot_ms,
                             int64_t now_boot_ms) {
    return sim_mutant == MUTANT_NO_LEASE_CHECK ||
           __real_account_may_send(a, probe, deadline_boot_ms, now_boot_ms);
}
