/* db.c: see db.h. */
#include "store/sqlite/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/ending_write.h"
#include "store/sqlite/holder.h"

#define TRY_AGAIN_NS 1000000L /* a millisecond, so tries count them */

static const char *const query_text[QUERY_COUNT] = {
#define QUERY_TEXT(name, text) [Q_##name] = text,
    SQL_QUERIES(QUERY_TEXT)
#undef QUERY_TEXT
};

static enum err_code code_of_sqlite(int rc) {
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_DB_LOCKED;
    case SQLITE_FULL:
        return ERR_SPACE;
    case SQLITE_NOMEM:
        return ERR_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ERR_NO_SERVICE;
    case SQLITE_IOERR:
        return ERR_IO;
    case SQLITE_CONSTRAINT:
        return ERR_INPUT;
    default:
        return ERR_FAILED;
    }
}

bool db_error(struct store *s, int rc, const char *doing, struct err *e) {
    int extended = s->db ? sqlite3_extended_errcode(s->db) : rc;
    enum err_code code = code_of_sqlite(rc);
    char holder[HOLDER_BYTES] = "";
    if (code == ERR_DB_LOCKED)
        (void)holder_text(s->path, holder);
    (void)err_set(e, code, "%s: %s: %s%s", s->path, doing,
                  s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), holder);
    e->origin = "sqlite";
    e->detail = extended;
    return false;
}

/* At its first use: few processes use more than a quarter of them, and all of them are more work
 * than the rest of a start. NULL when that fails; the connection knows why. */
static sqlite3_stmt *prepared(struct store *s, enum query q) {
    if (!s->stmt[q] && sqlite3_prepare_v3(s->db, query_text[q], -1, SQLITE_PREPARE_PERSISTENT,
                                          &s->stmt[q], NULL) != SQLITE_OK)
        return NULL;
    return s->stmt[q];
}

void db_finalize_all(struct store *s) {
    for (int q = 0; q < QUERY_COUNT; q++) {
        (void)sqlite3_finalize(s->stmt[q]); /* repeats the last step's error, already reported */
        s->stmt[q] = NULL;
    }
}

/* SQLite compares a name with every parameter before it; an address is compared once. */
static int bind_index(sqlite3_stmt *stmt, struct bind_memory *memory, size_t place,
                      const char *name) {
    ASSERT(place < DB_BINDS_MAX);
    if (memory->name[place] != name) {
        memory->name[place] = name;
        memory->index[place] = sqlite3_bind_parameter_index(stmt, name);
        ASSERT(memory->index[place] > 0);
    }
    return memory->index[place];
}

static int bind_one(sqlite3_stmt *stmt, int index, const struct bind *b) {
    switch (b->kind) {
    case BIND_INT:
        return sqlite3_bind_int64(stmt, index, b->number);
    case BIND_REAL:
        return sqlite3_bind_double(stmt, index, b->real);
    case BIND_TEXT:
        return sqlite3_bind_text(stmt, index, b->data, (int)b->bytes, SQLITE_STATIC);
    case BIND_BLOB:
        return sqlite3_bind_blob64(stmt, index, b->data, (sqlite3_uint64)b->bytes, SQLITE_STATIC);
    case BIND_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, index);
}

sqlite3_stmt *db_query(struct store *s, enum query q, const struct bind *binds) {
    sqlite3_stmt *stmt = prepared(s, q);
    if (!stmt)
        return NULL;
    ASSERT(!sqlite3_stmt_busy(stmt));
    for (size_t i = 0; binds[i].name; i++) {
        int rc = bind_one(stmt, bind_index(stmt, &s->bound[q], i, binds[i].name), &binds[i]);
        ASSERT(rc == SQLITE_OK);
    }
    return stmt;
}

bool db_row(struct store *s, sqlite3_stmt *stmt, bool *more, struct err *e) {
    if (!stmt)
        return db_error(s, sqlite3_errcode(s->db), "preparing a statement", e);
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_error(s, rc, "running a statement", e);
    *more = rc == SQLITE_ROW;
    return true;
}

void db_done(sqlite3_stmt *stmt) {
    if (!stmt)
        return;
    (void)sqlite3_reset(stmt); /* repeats the last step's error, already reported */
    (void)sqlite3_clear_bindings(stmt);
}

bool db_run(struct store *s, enum query q, const struct bind *binds, int64_t *changes,
            struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, binds);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    ASSERT(!more);
    if (ok && changes)
        *changes = sqlite3_changes64(s->db);
    db_done(stmt);
    return ok;
}

bool db_int(struct store *s, enum query q, const struct bind *binds, int64_t *value, bool *found,
            struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, binds);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok) {
        *found = more && sqlite3_column_type(stmt, 0) != SQLITE_NULL;
        if (*found)
            *value = sqlite3_column_int64(stmt, 0);
    }
    db_done(stmt);
    return ok;
}

const char *db_states(unsigned mask, char out[DB_STATES_TEXT_MAX]) {
    int bytes = 0;
    for (enum job_state state = 0; state < JOB_STATE_COUNT; state++)
        if (mask & JOB_BIT(state))
            bytes += snprintf(out + bytes, DB_STATES_TEXT_MAX - (size_t)bytes, ",%s,",
                              job_state_text(state));
    ASSERT(bytes > 0 && bytes < DB_STATES_TEXT_MAX);
    return out;
}

const char *db_text(sqlite3_stmt *stmt, int column) {
    return (const char *)sqlite3_column_text(stmt, column);
}

/* Only one of us waits here, the one whose turn it is; who else there is takes no turns. SQLite's
 * own handler sleeps for up to 100 ms between two tries, and programs that write in a loop leave no
 * such gap: measured against six of them, seconds passed before a turn came. */
static int wait_for_lock(void *arg, int tries) {
    struct store *s = arg;
    if (tries == 0)
        s->busy_boot_ms = clock_boot_ms();
    if (tries >= s->busy_ms || clock_boot_ms() - s->busy_boot_ms >= s->busy_ms)
        return 0;
    struct timespec pause = {.tv_nsec = TRY_AGAIN_NS};
    (void)nanosleep(&pause, NULL);
    return 1;
}

void db_wait_for_locks(struct store *s) {
    int rc = sqlite3_busy_handler(s->db, wait_for_lock, s);
    ASSERT(rc == SQLITE_OK);
}

bool db_begin(struct store *s, struct err *e) {
    PRE(!s->writing && s->mode != STORE_READ);
    if (!turn_lock_take(&s->turn, &s->turn_wait_us, e))
        return false;
    if (!db_run(s, Q_begin, NO_BINDS, NULL, e)) {
        turn_lock_drop(&s->turn);
        return false;
    }
    s->writing = true;
    s->delta_count = s->bill_count = 0;
    return true;
}

static bool write_count(struct store *s, const struct batch_delta *d, struct err *e) {
    return db_run(s, Q_batch_count,
                  BINDS(INT(":batch_id", d->batch_id), INT(":delayed", d->count[JOB_DELAYED]),
                        INT(":ready", d->count[JOB_READY]), INT(":running", d->count[JOB_RUNNING]),
                        INT(":done", d->count[JOB_DONE]), INT(":failed", d->count[JOB_FAILED]),
                        INT(":cancelled", d->count[JOB_CANCELLED]),
                        INT(":held", d->count[JOB_HELD]), INT(":uncertain", d->uncertain),
                        INT(":shared", d->shared), INT(":spoken", d->spoken),
                        INT(":spoken_chars", d->spoken_chars)),
                  NULL, e);
}

static bool is_nothing(const struct batch_delta *d) {
    bool nothing = d->uncertain == 0 && d->shared == 0 && d->spoken == 0;
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        nothing = nothing && d->count[i] == 0;
    return nothing;
}

/* The deltas stay on the list, as nothing, until the transaction's end: write_ends wants them. */
static bool write_counts(struct store *s, struct err *e) {
    for (size_t i = 0; i < s->delta_count; i++) {
        struct batch_delta *d = &s->deltas[i];
        if (is_nothing(d))
            continue;
        if (!write_count(s, d, e))
            return false;
        int64_t moving = d->count[JOB_DELAYED] + d->count[JOB_READY] + d->count[JOB_RUNNING];
        *d = (struct batch_delta){.batch_id = d->batch_id,
                                  .less_moving =
                                      d->less_moving || moving < 0 || d->count[JOB_CANCELLED] < 0,
                                  .less_held = d->less_held || d->count[JOB_HELD] < 0};
    }
    return true;
}

/* Once all of the transaction is known: what is at rest in its middle may go on at its end. */
static bool write_ends(struct store *s, struct err *e) {
    for (size_t i = 0; i < s->delta_count; i++) {
        const struct batch_delta *d = &s->deltas[i];
        if ((d->less_moving || d->less_held) && !ending_write(s, d->batch_id, d->less_moving, e))
            return false;
    }
    s->delta_count = 0;
    return true;
}

bool db_flush_counts(struct store *s, bool running_matters, struct err *e) {
    PRE(s->writing);
    for (size_t i = 0; i < s->delta_count; i++)
        if (s->deltas[i].count[JOB_READY] != 0 ||
            (running_matters && s->deltas[i].count[JOB_RUNNING] != 0))
            return write_counts(s, e);
    return true;
}

static void rollback(struct store *s) {
    PRE(s->writing);
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL,
                           NULL); /* after an error it is gone anyway */
    flow_forget_all(s);
    s->writing = false;
    turn_lock_drop(&s->turn);
}

static bool commit(struct store *s, struct err *e) {
    PRE(s->writing);
    if (!write_counts(s, e) || !bill_flush(s, e) || !write_ends(s, e) || !flow_write_all(s, e)) {
        rollback(s);
        return false;
    }
    FAULT_POINT("before_commit");
    if (!db_run(s, Q_commit, NO_BINDS, NULL, e)) {
        rollback(s);
        return false;
    }
    FAULT_POINT("after_commit");
    flow_forget_all(s);
    s->writing = false;
    turn_lock_drop(&s->turn);
    return true;
}

bool db_end(struct store *s, bool ok, struct err *e) {
    if (ok)
        return commit(s, e);
    rollback(s);
    return false;
}

static struct batch_delta *delta_of(struct store *s, int64_t batch_id) {
    PRE(s->writing);
    for (size_t i = s->delta_count; i-- > 0;)
        if (s->deltas[i].batch_id == batch_id)
            return &s->deltas[i];
    if (s->delta_count == s->delta_room) {
        s->delta_room = s->delta_room ? 2 * s->delta_room : DB_DELTAS_ROOM;
        s->deltas = ensure_realloc(s->deltas, s->delta_room * sizeof *s->deltas);
    }
    struct batch_delta *d = &s->deltas[s->delta_count++];
    *d = (struct batch_delta){.batch_id = batch_id};
    return d;
}

void db_count(struct store *s, int64_t batch_id, enum job_state from, enum job_state to,
              int64_t jobs) {
    struct batch_delta *d = delta_of(s, batch_id);
    if (from != JOB_STATE_COUNT)
        d->count[from] -= jobs;
    if (to != JOB_STATE_COUNT)
        d->count[to] += jobs;
}

void db_count_uncertain(struct store *s, int64_t batch_id, int64_t attempts) {
    delta_of(s, batch_id)->uncertain += attempts;
}

void db_count_shared(struct store *s, int64_t batch_id, int64_t jobs) {
    delta_of(s, batch_id)->shared += jobs;
}

void db_count_spoken(struct store *s, int64_t batch_id, int64_t chars) {
    struct batch_delta *d = delta_of(s, batch_id);
    d->spoken++;
    d->spoken_chars += chars;
}
