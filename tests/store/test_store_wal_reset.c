/*
 * test_store_wal_reset: SQLite's WAL-reset race, provoked in the library that is linked.
 *
 * The race (https://sqlite.org/wal.html): a checkpointer reads the header of a log that is
 * backfilled completely; before it goes on a writer resets that log and begins anew; the
 * checkpointer takes the reset log for the old one and notes frames as backfilled that were never
 * copied. Here the racing write runs in the checkpointer's own xUnfetch, which SQLite calls between
 * the two steps, on a second connection.
 */
#include "tests/lib/store_rig.h"

#include <signal.h>
#include <sqlite3.h>
#include <time.h>

#include "store/sqlite/checkpoint.h"
#include "store/sqlite/db.h"

#define MANY_ROWS 60   /* more frames than the log had before its reset */
#define LONG_ROWS 1000 /* enough for a checkpoint */
#define HOLD_MS 300

static sqlite3 *racer; /* the writer's connection */
static bool armed;     /* the next xUnfetch runs the writer */
static int racer_rc;   /* what it got */
static const sqlite3_io_methods *methods_plain;
static sqlite3_io_methods methods_racing;

static int unfetch_and_race(sqlite3_file *file, sqlite3_int64 offset, void *page) {
    if (armed) {
        armed = false;
        racer_rc = sqlite3_exec(racer, "UPDATE small SET n = n + 1", NULL, NULL, NULL);
    }
    return methods_plain->xUnfetch(file, offset, page);
}

static void race_in(sqlite3 *db) {
    sqlite3_file *file = NULL;
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    methods_plain = file->pMethods;
    methods_racing = *methods_plain;
    methods_racing.xUnfetch = unfetch_and_race;
    file->pMethods = &methods_racing;
    armed = false;
    racer_rc = -1;
}

static void race_over(sqlite3 *db) {
    sqlite3_file *file = NULL;
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    file->pMethods = methods_plain;
}

static void exec(sqlite3 *db, const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3 *plain(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    exec(db, "PRAGMA wal_autocheckpoint = 0");
    return db;
}

static int64_t ask(sqlite3 *db, const char *sql) {
    sqlite3_stmt *stmt;
    int64_t value = -1;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    else
        print_message("%s: %s\n", sql, sqlite3_errmsg(db));
    (void)sqlite3_finalize(stmt); /* repeats the step's error: an answer of -1 tells it */
    return value;
}

static void fill(sqlite3 *db, int rows) {
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < %d) "
                   "INSERT INTO big SELECT zeroblob(3000) FROM k",
                   rows);
    exec(db, sql);
}

/* Rows of `big` that are there after all is closed and opened again;
 * MANY_ROWS + 20 were committed. */
static int64_t rows_after(struct rig *rig) {
    store_close(rig->s);
    rig->s = NULL;
    exec(racer, "PRAGMA wal_autocheckpoint = 0");
    assert_int_equal(sqlite3_close(racer), SQLITE_OK);
    sqlite3 *db = plain(rig->path);
    int64_t rows = ask(db, "SELECT count(*) FROM big");
    if (ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") != 1)
        rows = -1;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return rows;
}

static struct rig *race_rig(void) {
    struct rig *rig = rig_new(4);
    racer = plain(rig->path);
    exec(racer, "CREATE TABLE small(n); INSERT INTO small VALUES(0); CREATE TABLE big(b)");
    fill(racer, 20);
    return rig;
}

static int passive(sqlite3 *db) {
    return sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void the_verdict_tells_the_truth_about_the_library(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    sqlite3 *checkpointer = plain(rig->path);
    assert_int_equal(ask(checkpointer, "SELECT n FROM small"), 0);
    fill(racer, 1); /* news for the checkpointer, so that it unfetches */
    assert_int_equal(passive(racer), SQLITE_OK); /* all of it is backfilled */
    race_in(checkpointer);
    armed = true;
    (void)passive(checkpointer);
    assert_int_equal(racer_rc, SQLITE_OK); /* PASSIVE keeps no writer out */
    fill(racer, MANY_ROWS - 1);
    (void)passive(checkpointer);
    race_over(checkpointer);
    assert_int_equal(sqlite3_close(checkpointer), SQLITE_OK);
    bool lost = rows_after(rig) != MANY_ROWS + 20;
    struct store_verdict verdict = store_version_verdict();
    print_message("%s %s rows; verdict: %s\n", verdict.library, lost ? "loses" : "keeps",
                  verdict.advice);
    assert_int_equal(lost, verdict.wal_reset_race);
    rig_free(rig);
}

static void the_guarded_checkpoint_keeps_the_racing_writer_out(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    assert_int_equal(ask(rig->s->db, "SELECT n FROM small"), 0);
    fill(racer, 1);
    assert_int_equal(passive(racer), SQLITE_OK);
    race_in(rig->s->db);
    armed = true;
    assert_int_equal(checkpoint_guarded(rig->s, false), SQLITE_OK);
    assert_false(armed);
    assert_int_equal(racer_rc, SQLITE_BUSY);
    fill(racer, MANY_ROWS - 1);
    assert_int_equal(checkpoint_guarded(rig->s, true), SQLITE_OK);
    assert_int_equal(store_wal_bytes(rig->s), 0);
    race_over(rig->s->db);
    assert_int_equal(rows_after(rig), MANY_ROWS + 20);
    rig_free(rig);
}

/* A program that takes no turns sits on SQLite's write lock until a byte has come and then
 * a while. */
static pid_t foreign_writer(const char *path, int ready_fd, int go_fd, int hold_ms) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    sqlite3 *db;
    char byte;
    const struct timespec hold = {.tv_sec = hold_ms / 1000, .tv_nsec = (hold_ms % 1000) * 1000000L};
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE; UPDATE small SET n = 7",
                     NULL, NULL, NULL) != SQLITE_OK ||
        write(ready_fd, "x", 1) != 1 || read(go_fd, &byte, 1) != 1)
        _exit(2);
    (void)nanosleep(&hold, NULL); /* this is what is tested: a writer that takes its time */
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        _exit(3);
    _exit(0); /* no close: that would checkpoint */
}

static void a_slow_writer_is_waited_for(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    int ready[2], go[2];
    char byte;
    assert_int_equal(sqlite3_close(racer), SQLITE_OK); /* not across the fork */
    store_close(rig->s);
    assert_int_equal(pipe(ready) | pipe(go), 0);
    pid_t writer = foreign_writer(rig->path, ready[1], go[0], HOLD_MS);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    int64_t start = clock_boot_ms();
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(checkpoint_guarded(rig->s, true), SQLITE_OK);
    int64_t took = clock_boot_ms() - start;
    print_message("waited %lld ms\n", (long long)took);
    assert_true(took >= HOLD_MS); /* it was not degraded to PASSIVE: that would not wait */
    assert_int_equal(store_wal_bytes(rig->s), 0); /* and TRUNCATE was done */
    rig_wait_ok(writer);
    assert_int_equal(ask(rig->s->db, "SELECT n FROM small"), 7);
    racer = plain(rig->path);
    assert_int_equal(rows_after(rig), 20);
    assert_int_equal(close(ready[0]) | close(ready[1]) | close(go[0]) | close(go[1]), 0);
    rig_free(rig);
}

static void a_slow_reader_is_not_waited_for(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    sqlite3 *reader = plain(rig->path);
    exec(reader, "BEGIN; SELECT n FROM small");
    fill(racer, MANY_ROWS); /* behind the reader's view */
    int64_t start = clock_boot_ms();
    OK(store_checkpoint(rig->s, true, e));
    int64_t took = clock_boot_ms() - start;
    assert_true(took < 2000);
    assert_true(store_wal_bytes(rig->s) > 0); /* the reader still needs it */
    assert_int_equal(ask(reader, "SELECT count(*) FROM big"), 20);
    exec(racer, "UPDATE small SET n = 9");
    exec(reader, "COMMIT");
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    OK(store_checkpoint(rig->s, true, e));
    assert_int_equal(store_wal_bytes(rig->s), 0);
    assert_int_equal(rows_after(rig), MANY_ROWS + 20);
    rig_free(rig);
}

/* The file keeps its size when the log begins anew: what is in it counts. */
static void a_checkpoint_is_due_by_what_the_log_holds(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    assert_false(store_checkpoint_is_due(rig->s));
    fill(racer, LONG_ROWS);
    assert_true(store_checkpoint_is_due(rig->s));
    OK(store_checkpoint(rig->s, false, e));
    assert_false(store_checkpoint_is_due(rig->s));
    exec(racer, "UPDATE small SET n = 1");
    assert_true(store_wal_bytes(rig->s) >= LONG_ROWS * 4096);
    assert_false(store_checkpoint_is_due(rig->s));
    fill(racer, LONG_ROWS);
    assert_true(store_checkpoint_is_due(rig->s));
    assert_int_equal(sqlite3_close(racer), SQLITE_OK);
    rig_free(rig);
}

static void a_reader_keeps_a_checkpoint_due(void **state) {
    (void)state;
    struct rig *rig = race_rig();
    sqlite3 *reader = plain(rig->path);
    exec(reader, "BEGIN; SELECT n FROM small");
    fill(racer, LONG_ROWS);
    OK(store_checkpoint(rig->s, false, e));
    assert_true(store_checkpoint_is_due(rig->s));
    exec(reader, "COMMIT");
    OK(store_checkpoint(rig->s, false, e));
    assert_false(store_checkpoint_is_due(rig->s));
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    assert_int_equal(sqlite3_close(racer), SQLITE_OK);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_tells_the_truth_about_the_library),
        cmocka_unit_test(the_guarded_checkpoint_keeps_the_racing_writer_out),
        cmocka_unit_test(a_slow_writer_is_waited_for),
        cmocka_unit_test(a_slow_reader_is_not_waited_for),
        cmocka_unit_test(a_checkpoint_is_due_by_what_the_log_holds),
        cmocka_unit_test(a_reader_keeps_a_checkpoint_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
