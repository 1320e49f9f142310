/*
 * db: the one SQLite connection of a store: prepared statements, errors, write transactions.
 * Internal to src/store/sqlite, the only folder that includes sqlite3.h.
 */
#ifndef STORE_SQLITE_DB_H
#define STORE_SQLITE_DB_H

#include <sqlite3.h>

#include "sql_embedded.h"
#include "store/sqlite/flow.h"
#include "store/sqlite/turn_lock.h"
#include "store/store.h"

enum query {
#define QUERY_ENUM(name, text) Q_##name,
    SQL_QUERIES(QUERY_ENUM)
#undef QUERY_ENUM
        QUERY_COUNT
};

#define DB_DELTAS_ROOM 64 /* batches that a transaction touches without growing the list */
#define DB_BINDS_MAX 32   /* parameters of one statement */

/* Where each parameter of a statement went last time. A statement is always run from the same
 * place, so the next list of names is the same one, by address. */
struct bind_memory {
    const char *name[DB_BINDS_MAX];
    int index[DB_BINDS_MAX];
};

struct batch_delta { /* what the open transaction changed in a batch's kept counts */
    int64_t batch_id;
    int64_t count[JOB_STATE_COUNT];
    int64_t uncertain, shared, spoken, spoken_chars;
    bool less_moving, less_held; /* jobs went on, or are held no more: it may be the batch's end */
};

struct bill_delta { /* what it moved of an account's, a batch's and a day's money; see bill.h */
    int64_t account_id, batch_id, day;
    int64_t calls, chars, micros, maybe, reserved;
};

struct store {
    sqlite3 *db;
    char *path;
    char *who;          /* the person who acts; NULL = nobody, the program itself */
    uint64_t ends_told; /* ends of batches that this handle has written */
    enum store_mode mode;
    struct turn_lock turn;
    int64_t turn_wait_us;                          /* that the last write waited for its turn */
    int busy_ms;                                   /* patience with SQLite's own lock */
    int64_t busy_boot_ms;                          /* since when it is waited for */
    int64_t loading_batch_id, loading_producer_id; /* begun on this handle; see produce.c */
    bool writing;                                  /* between db_begin and db_end */
    bool have_write_lock; /* checkpoint.c: SQLite's own write lock is ours */
    struct batch_delta *deltas;
    size_t delta_count, delta_room;
    struct bill_delta *bills;
    size_t bill_count, bill_room;
    struct flow_row *flows; /* accounts that the open transaction concerns: flow.h */
    sqlite3_stmt *stmt[QUERY_COUNT];
    struct bind_memory bound[QUERY_COUNT];
};

/* A value for a named parameter. Pointers must live until the statement has been run or reset. */
struct bind {
    const char *name; /* ":x"; NULL ends the list */
    enum { BIND_INT, BIND_REAL, BIND_TEXT, BIND_BLOB, BIND_NULL } kind;
    int64_t number;
    double real;
    const void *data;
    int64_t bytes; /* of data; -1 = up to the NUL */
};
#define INT(n, v)                                                                                  \
    { .name = (n), .kind = BIND_INT, .number = (int64_t)(v) }
#define SET(n, v) /* 0 = NULL */                                                                   \
    { .name = (n), .kind = (v) ? BIND_INT : BIND_NULL, .number = (int64_t)(v) }
#define REAL(n, v)                                                                                 \
    { .name = (n), .kind = BIND_REAL, .real = (v) }
#define TEXT(n, v)                                                                                 \
    { .name = (n), .kind = (v) ? BIND_TEXT : BIND_NULL, .data = (v), .bytes = -1 }
#define TEXT_BYTES(n, v, size)                                                                     \
    { .name = (n), .kind = BIND_TEXT, .data = (v), .bytes = (int64_t)(size) }
#define BLOB(n, v, size)                                                                           \
    { .name = (n), .kind = (v) ? BIND_BLOB : BIND_NULL, .data = (v), .bytes = (int64_t)(size) }
#define NONE(n)                                                                                    \
    { .name = (n), .kind = BIND_NULL }
#define BINDS(...) ((const struct bind[]){__VA_ARGS__, {.name = NULL}})
#define NO_BINDS ((const struct bind[]){{.name = NULL}})

/* Maps the connection's last error (or rc) to *e. Always returns false. */
bool db_error(struct store *s, int rc, const char *doing, struct err *e);

/* Who finds the database locked waits for it as long as s->busy_ms says. */
void db_wait_for_locks(struct store *s);

void db_finalize_all(struct store *s);

/* Runs a statement that returns no rows; *changes (may be NULL) = rows it changed. */
bool db_run(struct store *s, enum query q, const struct bind *binds, int64_t *changes,
            struct err *e) MUST_CHECK;

/* For rows: db_query binds (NULL, which the others take, when the statement cannot be prepared:
 * then db_row fails), db_row steps (true and *more=false at the end), db_done resets: always call
 * it, also after an error. Column pointers live until the next db_row or db_done. */
sqlite3_stmt *db_query(struct store *s, enum query q, const struct bind *binds);
bool db_row(struct store *s, sqlite3_stmt *stmt, bool *more, struct err *e) MUST_CHECK;
void db_done(sqlite3_stmt *stmt);
/* First column of the first row as integer; *found=false and *value untouched without a row or for
 * NULL. */
bool db_int(struct store *s, enum query q, const struct bind *binds, int64_t *value, bool *found,
            struct err *e) MUST_CHECK;

/* The only way to write: takes the turn, BEGIN IMMEDIATE. No nesting, no I/O, no logging inside. */
bool db_begin(struct store *s, struct err *e) MUST_CHECK;
/* When ok, writes the kept counts and COMMITs, else rolls back; drops the turn. Returns whether all
 * is durable: on failure the transaction is gone (ERR_SPACE, ERR_DB_LOCKED) or its outcome unknown
 * (ERR_IO). */
bool db_end(struct store *s, bool ok, struct err *e) MUST_CHECK;

/* Makes the kept counts true for a claim inside the open transaction: writes them now when the
 * number of ready jobs has changed, or that of running ones if it matters. */
bool db_flush_counts(struct store *s, bool running_matters, struct err *e) MUST_CHECK;

/* The open transaction moved `jobs` jobs of a batch from one state to another; JOB_STATE_COUNT
 * stands for outside (new or deleted). */
void db_count(struct store *s, int64_t batch_id, enum job_state from, enum job_state to,
              int64_t jobs);
void db_count_uncertain(struct store *s, int64_t batch_id, int64_t attempts);
void db_count_shared(struct store *s, int64_t batch_id, int64_t jobs);
/* One job is done by its own call, of so many characters. */
void db_count_spoken(struct store *s, int64_t batch_id, int64_t chars);

const char *db_text(sqlite3_stmt *stmt, int column); /* NULL for NULL */

/* A set of JOB_BIT()s as ',ready,,held,', for statements that ask with instr(). Returns out. */
#define DB_STATES_TEXT_MAX 96
const char *db_states(unsigned mask, char out[DB_STATES_TEXT_MAX]);

#endif
