/*
 * statements.c: what lies between the real code and SQLite: connections that go from one process to
 * the next (preparing all statements anew would be most of the time), and the mutants, which
 * are edits of a statement's text or of a call's arguments.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "sim.h"
#include "store/sqlite/db.h"

#define STORES_MAX 32
#define STORES_WARM 24 /* at once ten at most; those that see an error are closed */

enum sim_mutant sim_mutant;

/* ---- connections ------------------------------------------------------------------------------*/

/* What a store that is closed leaves to the next one that is opened. All of store_open is real but
 * for this: the connection has its settings, and its statements are prepared. */
static struct connection {
    sqlite3 *db;
    sqlite3_stmt *stmt[QUERY_COUNT];
} unused[STORES_MAX], taken;
static size_t unused_count;
static bool keeps; /* the store that is closed leaves its connection */

bool __real_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
bool __wrap_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
int __real_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message);
int __real_sqlite3_close(sqlite3 *db);
int __wrap_sqlite3_close(sqlite3 *db);
bool __real_db_prepare_all(struct store *s, struct err *e);
bool __wrap_db_prepare_all(struct store *s, struct err *e);
void __real_db_finalize_all(struct store *s);
void __wrap_db_finalize_all(struct store *s);

/* The only one who opens a file meanwhile; if it fails, for the disk is full, its connection is as
 * good as before. */
bool __wrap_store_open(struct store **out, const char *path, enum store_mode mode, struct err *e) {
    keeps = unused_count > 0;
    bool ok = __real_store_open(out, path, mode, e);
    taken.db = NULL;
    keeps = false;
    return ok;
}

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs) {
    if (!keeps) {
        int rc = __real_sqlite3_open_v2(path, db, flags, vfs);
        sim_audit_watch(*db);
        return rc;
    }
    taken = unused[--unused_count];
    *db = taken.db;
    return SQLITE_OK;
}

int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
                        void *arg, char **message) {
    if (db == taken.db)
        return SQLITE_OK; /* settings: SQLite would prepare every statement anew after them */
    return __real_sqlite3_exec(db, sql, each, arg, message);
}

bool __wrap_db_prepare_all(struct store *s, struct err *e) {
    if (s->db != taken.db)
        return __real_db_prepare_all(s, e);
    memcpy(s->stmt, taken.stmt, sizeof taken.stmt);
    taken.db = NULL;
    return true;
}

void __wrap_db_finalize_all(struct store *s) {
    if (!keeps) {
        __real_db_finalize_all(s);
        return;
    }
    ASSERT(unused_count < STORES_MAX && !taken.db);
    unused[unused_count].db = s->db;
    memcpy(unused[unused_count++].stmt, s->stmt, sizeof s->stmt);
}

int __wrap_sqlite3_close(sqlite3 *db) {
    return keeps ? SQLITE_OK : __real_sqlite3_close(db);
}

struct store *sim_store_open(void) {
    struct store *s = NULL;
    struct err e = {.msg = ""};
    if (!store_open(&s, sim_database, STORE_WRITE, &e))
        sim_say("store does not open: %s", e.msg);
    return s;
}

/* Who does not trust its connection any more calls store_close itself. */
void sim_store_lost(struct store *s) {
    keeps = true;
    store_close(s);
    keeps = false;
}

static void forget(struct connection *c) {
    for (int q = 0; q < QUERY_COUNT; q++)
        (void)sqlite3_finalize(c->stmt[q]);
    (void)__real_sqlite3_close(c->db);
}

void sim_stores_warm(void) {
    struct store *s[STORES_WARM];
    while (unused_count > 0)
        forget(&unused[--unused_count]);
    for (size_t i = 0; i < STORES_WARM; i++)
        s[i] = sim_store_open();
    for (size_t i = 0; i < STORES_WARM; i++)
        sim_store_lost(s[i]);
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

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags,
                              sqlite3_stmt **out, const char **tail) {
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
    return __real_sqlite3_prepare_v3(db, sql, bytes, flags, out, tail);
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

bool __real_store_reap(struct store *s, int64_t worker_id, bool known,
                       const struct store_sent_mark *marks, size_t count,
                       struct store_reap_report *report, struct err *e);
bool __wrap_store_reap(struct store *s, int64_t worker_id, bool known,
                       const struct store_sent_mark *marks, size_t count,
                       struct store_reap_report *report, struct err *e);

bool __wrap_store_reap(struct store *s, int64_t worker_id, bool known,
                       const struct store_sent_mark *marks, size_t count,
                       struct store_reap_report *report, struct err *e) {
    if (sim_mutant == MUTANT_NO_UNCERTAIN_ROW)
        count = 0;
    struct store_sent_mark *changed = ensure_alloc((count + 1) * sizeof *changed);
    for (size_t i = 0; i < count; i++) {
        changed[i] = marks[i];
        changed[i].over = changed[i].over || sim_mutant == MUTANT_SLOT_FREED_AT_DEATH;
    }
    bool ok = __real_store_reap(s, worker_id, known, changed, count, report, e);
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
