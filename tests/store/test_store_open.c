/*
 * test_store_open: what is opened, what is refused and with which words, and that neither a crowd
 * of creators nor a death in the middle of creating does harm.
 */
#include "tests/lib/store_rig.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#define WORKER 101
#define CREATORS 8
#define KILLS 30
#define KILL_WINDOW_US 12000 /* creating takes a few milliseconds */

/* ---- refusals ---------------------------------------------------------------------------------*/

struct place {
    char dir[RIG_PATH_MAX], path[RIG_PATH_MAX + 16];
};

static void place_init(struct place *p) {
    rig_make_dir(p->dir);
    (void)snprintf(p->path, sizeof p->path, "%s/queue.db", p->dir);
}

static void foreign_sql(const char *path, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const char *path, const void *data, size_t bytes) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

static void what_is_not_there_is_refused(void **state) {
    (void)state;
    struct place p;
    struct store *s;
    struct stat st;
    place_init(&p);
    REFUSED(ERR_NO_SERVICE, store_open(&s, p.path, STORE_READ, e));
    REFUSED(ERR_NO_SERVICE, store_open(&s, p.path, STORE_WRITE, e));
    assert_int_not_equal(stat(p.path, &st), 0); /* looking makes nothing */
    REFUSED(ERR_NO_SERVICE, store_open(&s, "/nowhere/at/all/queue.db", STORE_READ, e));
    rig_remove_dir(p.dir);
}

static void a_directory_is_refused(void **state) {
    (void)state;
    struct place p;
    struct store *s;
    place_init(&p);
    assert_int_equal(mkdir(p.path, 0700), 0);
    REFUSED(ERR_CONFIG, store_open(&s, p.path, STORE_CREATE, e));
    REFUSED(ERR_CONFIG, store_open(&s, p.path, STORE_READ, e));
    rig_remove_dir(p.dir);
}

static void garbage_is_refused_and_kept(void **state) {
    (void)state;
    struct place p;
    struct store *s;
    struct stat st;
    char garbage[8192];
    static const size_t sizes[] = {10, 100, 600, sizeof garbage};
    place_init(&p);
    memset(garbage, 'g', sizeof garbage);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        write_file(p.path, garbage, sizes[i]);
        REFUSED(ERR_CORRUPT, store_open(&s, p.path, STORE_CREATE, e));
        REFUSED(ERR_CORRUPT, store_open(&s, p.path, STORE_WRITE, e));
        REFUSED(ERR_CORRUPT, store_open(&s, p.path, STORE_READ, e));
        assert_int_equal(stat(p.path, &st), 0);
        assert_int_equal(st.st_size, sizes[i]);
    }
    rig_remove_dir(p.dir);
}

static void another_programs_database_is_refused(void **state) {
    (void)state;
    struct place p;
    struct store *s;
    place_init(&p);
    foreign_sql(p.path, "CREATE TABLE recipes(n); PRAGMA user_version = 1");
    REFUSED(ERR_CONFIG, store_open(&s, p.path, STORE_CREATE, e));
    foreign_sql(p.path, "PRAGMA application_id = 77; PRAGMA user_version = 0");
    REFUSED(ERR_CONFIG, store_open(&s, p.path, STORE_WRITE, e));
    REFUSED(ERR_CONFIG, store_open(&s, p.path, STORE_READ, e));
    rig_remove_dir(p.dir);
}

static void a_newer_schema_is_refused(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    store_close(rig->s);
    rig->s = NULL;
    foreign_sql(rig->path, "PRAGMA user_version = 4711");
    struct store *s;
    REFUSED(ERR_DB_NEWER, store_open(&s, rig->path, STORE_CREATE, e));
    REFUSED(ERR_DB_NEWER, store_open(&s, rig->path, STORE_WRITE, e));
    REFUSED(ERR_DB_NEWER, store_open(&s, rig->path, STORE_READ, e));
    rig_free(rig);
}

static void a_reader_reads_and_does_not_write(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store *reader;
    int64_t batch = rig_batch(rig->s, "b", 3, 1, 1);
    OK(store_open(&reader, rig->path, STORE_READ, e));
    assert_int_equal(rig_counts_of(reader, batch).total, 3);
    OK(store_verify(reader, true, e));
    store_close(reader);
    OK(store_open(&reader, rig->path, STORE_WRITE, e));
    store_close(reader);
    store_close(NULL);
    rig_free(rig);
}

static void missing_folders_are_made(void **state) {
    (void)state;
    struct place p;
    struct store *s;
    char path[RIG_PATH_MAX + 32];
    place_init(&p);
    (void)snprintf(path, sizeof path, "%s/deep/er/queue.db", p.dir);
    OK(store_open(&s, path, STORE_CREATE, e));
    OK(store_verify(s, true, e));
    store_close(s);
    rig_remove_dir(p.dir);
}

/* ---- a new boot -------------------------------------------------------------------------------*/

static struct store_settle refusal(const struct store_claim *claim) {
    return (struct store_settle){.job_id = claim->job_id,
                                 .attempt_no = claim->attempt_no,
                                 .outcome = ATTEMPT_REFUSED,
                                 .state = JOB_DELAYED,
                                 .delay_ms = 3600000,
                                 .pause_ms = 3600000,
                                 .slot_no = -1};
}

/* One job delayed by an hour, one in flight, the account paused; all in boot-A's clock, which had
 * run for long. */
static struct rig *rig_of_boot_a(void) {
    assert_int_equal(setenv("TTSQ_BOOT_ID", "boot-A", 1), 0);
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    rig_batch(rig->s, "b", 2, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 2);
    rig_turn(&w, NULL, 0);
    rig_free_claims(&w);
    assert_int_equal(w.want.claim_count, 2);
    struct store_settle settle = refusal(&w.claims[0]);
    rig_settle(&w, &settle);
    store_close(rig->s);
    foreign_sql(rig->path,
                "PRAGMA wal_autocheckpoint = 0; UPDATE lease SET until_boot_ms = 99000000000;"
                "UPDATE job SET due_boot_ms = 99000000000 WHERE due_boot_ms IS NOT NULL;"
                "UPDATE account SET paused_until_boot_ms = 99000000000,"
                "    rate_next_boot_us = 99000000000000");
    return rig;
}

static void a_new_boot_moves_the_deadlines(void **state) {
    (void)state;
    struct rig *rig = rig_of_boot_a();
    int64_t next;
    assert_int_equal(setenv("TTSQ_BOOT_ID", "boot-B", 1), 0);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    struct store_account_row account = rig_account_of(rig->s);
    assert_int_equal(account.in_flight, 0);
    assert_int_equal(account.held_leases, 2); /* their calls may still run at the provider */
    assert_int_equal(account.paused_until_ms, 0);
    OK(store_tidy(rig->s, &next, e));
    assert_true(next <= clock_boot_ms() + 10000); /* the linger, not boot-A's deadline */
    foreign_sql(rig->path, "PRAGMA wal_autocheckpoint = 0; DELETE FROM lease");
    OK(store_tidy(rig->s, &next, e)); /* the delay keeps what was left of its hour */
    assert_true(next > clock_boot_ms() + 3500000 && next <= clock_boot_ms() + 3600000);
    struct store_reap_report report;
    OK(store_reap(rig->s, WORKER, NULL, &report, e));
    assert_int_equal(report.uncertain, 1);
    rig_verify(rig);
    store_close(rig->s);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e)); /* the same boot: nothing moves */
    int64_t again;
    OK(store_tidy(rig->s, &again, e));
    assert_int_equal(again, next);
    assert_int_equal(unsetenv("TTSQ_BOOT_ID"), 0);
    rig_free(rig);
}

/* The clock of a machine without a battery begins in 1970: what was to be waited for by the wall
 * clock is decades away, by the boot clock of before it was an hour and its uptime at most. */
static void a_clock_that_was_set_back_makes_no_wait_longer(void **state) {
    (void)state;
    struct rig *rig = rig_of_boot_a();
    int64_t next;
    foreign_sql(rig->path,
                "PRAGMA wal_autocheckpoint = 0; DELETE FROM lease;"
                "UPDATE job SET due_boot_ms = 7200000, not_before_ms = not_before_ms + "
                "1700000000000 WHERE due_boot_ms IS NOT NULL;"
                "UPDATE account SET paused_until_boot_ms = 7200000, paused_by_person = 1, "
                "    paused_until_ms = 3400000000000");
    assert_int_equal(setenv("TTSQ_BOOT_ID", "boot-B", 1), 0);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    OK(store_tidy(rig->s, &next, e));
    assert_true(next > clock_boot_ms() + 7000000 && next <= clock_boot_ms() + 7200000);
    assert_true(rig_account_of(rig->s).paused_until_ms <= clock_wall_ms() + 7200000);
    assert_int_equal(unsetenv("TTSQ_BOOT_ID"), 0);
    rig_free(rig);
}

static void a_reader_leaves_the_deadlines(void **state) {
    (void)state;
    struct rig *rig = rig_of_boot_a();
    struct store *reader;
    assert_int_equal(setenv("TTSQ_BOOT_ID", "boot-B", 1), 0);
    OK(store_open(&reader, rig->path, STORE_READ, e));
    assert_int_equal(rig_account_of(reader).held_leases, 0);
    store_close(reader);
    OK(store_open(&rig->s, rig->path, STORE_CREATE, e));
    assert_int_equal(rig_account_of(rig->s).held_leases, 2);
    assert_int_equal(unsetenv("TTSQ_BOOT_ID"), 0);
    rig_free(rig);
}

static void a_boot_has_one_spelling(void **state) {
    (void)state;
    struct rig *rig = rig_of_boot_a();
    assert_int_equal(setenv("TTSQ_BOOT_ID", "bo-otA", 1), 0);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    assert_int_equal(rig_account_of(rig->s).held_leases, 0);
    assert_int_equal(rig_account_of(rig->s).in_flight, 2);
    assert_int_equal(unsetenv("TTSQ_BOOT_ID"), 0);
    rig_free(rig);
}

/* ---- creating ---------------------------------------------------------------------------------*/

/* In a child; begins when the pipe closes. */
static void create(const char *path, int start_fd, enum store_mode mode) {
    struct store *s;
    struct err e = {.msg = ""};
    char byte;
    (void)!read(start_fd, &byte, 1);
    if (!store_open(&s, path, mode, &e) || !store_verify(s, true, &e)) {
        (void)fprintf(stderr, "creating: %s\n", e.msg);
        _exit(1);
    }
    store_close(s);
    _exit(0);
}

static void a_crowd_creates_at_once(void **state) {
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct place p;
        int start[2];
        pid_t pid[CREATORS];
        place_init(&p);
        assert_int_equal(pipe(start), 0);
        for (int i = 0; i < CREATORS; i++)
            if ((pid[i] = fork()) == 0) {
                (void)close(start[1]);
                create(p.path, start[0], STORE_CREATE);
            }
        assert_int_equal(close(start[0]) | close(start[1]), 0);
        for (int i = 0; i < CREATORS; i++)
            rig_wait_ok(pid[i]);
        rig_remove_dir(p.dir);
    }
}

/* Whatever instant a creator dies at, the next one finds nothing, or all. */
static void a_creator_may_die_at_any_time(void **state) {
    (void)state;
    int finished = 0;
    for (int i = 0; i < KILLS; i++) {
        struct place p;
        int start[2], status;
        struct store *s;
        const struct timespec later = {.tv_nsec = (long)(i + 1) * KILL_WINDOW_US / KILLS * 1000};
        place_init(&p);
        assert_int_equal(pipe(start), 0);
        pid_t pid = fork();
        if (pid == 0) {
            (void)close(start[1]);
            create(p.path, start[0], STORE_CREATE);
        }
        assert_int_equal(close(start[0]) | close(start[1]), 0);
        (void)nanosleep(&later, NULL); /* the instant of death */
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        finished += WIFEXITED(status);
        OK(store_open(&s, p.path, STORE_CREATE, e));
        OK(store_verify(s, true, e));
        rig_configure(s, 4);
        (void)rig_batch(s, "b", 1, 1, 1);
        store_close(s);
        rig_remove_dir(p.dir);
    }
    print_message("%d of %d killed in the middle\n", KILLS - finished, KILLS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(a_directory_is_refused),
        cmocka_unit_test(garbage_is_refused_and_kept),
        cmocka_unit_test(another_programs_database_is_refused),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(a_reader_reads_and_does_not_write),
        cmocka_unit_test(missing_folders_are_made),
        cmocka_unit_test(a_new_boot_moves_the_deadlines),
        cmocka_unit_test(a_clock_that_was_set_back_makes_no_wait_longer),
        cmocka_unit_test(a_reader_leaves_the_deadlines),
        cmocka_unit_test(a_boot_has_one_spelling),
        cmocka_unit_test(a_crowd_creates_at_once),
        cmocka_unit_test(a_creator_may_die_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
