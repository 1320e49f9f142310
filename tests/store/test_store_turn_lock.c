/*
 * test_store_turn_lock: the write turn is fair between processes, a dead holder keeps nobody, and a
 * frozen one not for ever.
 */
#include "tests/lib/store_rig.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>

#include "store/sqlite/turn_lock.h"

#define PROCESSES 8
#define RUN_MS 1500

struct board { /* shared by all processes */
    int64_t turns[PROCESSES];
    int64_t wait_max_us[PROCESSES];
};

static struct board *board_new(void) {
    void *p =
        mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    return p;
}

static void exec(sqlite3 *db, const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        _exit(2);
}

/* Turn after turn, each with a tiny transaction, without a pause. */
static void run(const char *path, struct board *board, int me, int64_t end_boot_ms) {
    struct turn_lock lock;
    struct err e;
    sqlite3 *db;
    int64_t waited_us;
    if (!turn_lock_open(&lock, path, &e) || sqlite3_open(path, &db) != SQLITE_OK)
        _exit(2);
    exec(db, "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF");
    while (clock_boot_ms() < end_boot_ms) {
        if (!turn_lock_take(&lock, &waited_us, &e))
            _exit(2);
        exec(db,
             "BEGIN IMMEDIATE; UPDATE t SET n = n + 1; COMMIT"); /* no busy handler: never busy */
        turn_lock_drop(&lock);
        board->turns[me]++;
        if (waited_us > board->wait_max_us[me])
            board->wait_max_us[me] = waited_us;
    }
    (void)sqlite3_close(db);
    turn_lock_close(&lock);
    _exit(0);
}

static void every_process_gets_its_part(void **state) {
    (void)state;
    char dir[RIG_PATH_MAX], path[RIG_PATH_MAX + 16];
    struct board *board = board_new();
    pid_t pid[PROCESSES];
    sqlite3 *db;
    rig_make_dir(dir);
    (void)snprintf(path, sizeof path, "%s/t.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t(n); INSERT INTO t VALUES(0)");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    int64_t end = clock_boot_ms() + RUN_MS, total = 0, fewest = INT64_MAX, longest_us = 0;
    for (int i = 0; i < PROCESSES; i++)
        if ((pid[i] = fork()) == 0)
            run(path, board, i, end);
    for (int i = 0; i < PROCESSES; i++)
        rig_wait_ok(pid[i]);
    for (int i = 0; i < PROCESSES; i++) {
        total += board->turns[i];
        if (board->turns[i] < fewest)
            fewest = board->turns[i];
        if (board->wait_max_us[i] > longest_us)
            longest_us = board->wait_max_us[i];
    }
    print_message("%lld turns, fewest %lld, longest wait %lld us\n", (long long)total,
                  (long long)fewest, (long long)longest_us);
    assert_true(2 * fewest * PROCESSES >= total); /* at least half of the mean */
    int64_t counted = -1;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT n FROM t", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    counted = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(counted, total);
    assert_int_equal(munmap(board, sizeof *board), 0);
    rig_remove_dir(dir);
}

/* Takes the turn, says so, and waits to be killed. */
static void hold(const char *path, int ready_fd) {
    struct turn_lock lock;
    struct err e;
    int64_t waited_us;
    if (!turn_lock_open(&lock, path, &e) || !turn_lock_take(&lock, &waited_us, &e) ||
        write(ready_fd, "x", 1) != 1)
        _exit(2);
    for (;;)
        (void)pause();
}

static void a_dead_holders_turn_passes_on(void **state) {
    (void)state;
    char dir[RIG_PATH_MAX], path[RIG_PATH_MAX + 16], byte;
    struct turn_lock lock = TURN_LOCK_CLOSED;
    int64_t waited_us = -1;
    int ready[2];
    rig_make_dir(dir);
    (void)snprintf(path, sizeof path, "%s/t.db", dir);
    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0)
        hold(path, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    pid_t waiter = fork(); /* behind the holder, in the queue of its turn */
    if (waiter == 0)
        hold(path, ready[1]);
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(read(ready[0], &byte, 1), 1); /* the waiter has it */
    assert_int_equal(kill(waiter, SIGKILL), 0);
    OK(turn_lock_open(&lock, path, e));
    OK(turn_lock_take(&lock, &waited_us, e));
    assert_true(waited_us >= 0);
    turn_lock_drop(&lock);
    assert_int_equal(waitpid(waiter, NULL, 0), waiter);
    turn_lock_close(&lock);
    assert_int_equal(close(ready[0]) | close(ready[1]), 0);
    rig_remove_dir(dir);
}

/* In a turn, and in the queue for one; the second wait is short, and a turn that comes again is a
 * turn. */
static void frozen_processes_do_not_keep_the_others(void **state) {
    (void)state;
    char dir[RIG_PATH_MAX], path[RIG_PATH_MAX + 16], byte;
    struct turn_lock lock = TURN_LOCK_CLOSED;
    int64_t first_us = -1, second_us = -1;
    int ready[2];
    rig_make_dir(dir);
    (void)snprintf(path, sizeof path, "%s/t.db", dir);
    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0)
        hold(path, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    pid_t waiter = fork();
    if (waiter == 0)
        hold(path, ready[1]);
    assert_int_equal(kill(waiter, SIGSTOP) | kill(holder, SIGSTOP), 0);
    OK(turn_lock_open(&lock, path, e));
    OK(turn_lock_take(&lock, &first_us, e));
    assert_true(lock.late && first_us >= 1000 * TURN_LOCK_WAIT_MS);
    turn_lock_drop(&lock);
    OK(turn_lock_take(&lock, &second_us, e));
    assert_true(lock.late && second_us < first_us);
    turn_lock_drop(&lock);
    assert_int_equal(kill(waiter, SIGKILL) | kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(waitpid(waiter, NULL, 0), waiter);
    OK(turn_lock_take(&lock, &first_us, e));
    assert_false(lock.late);
    turn_lock_drop(&lock);
    turn_lock_close(&lock);
    assert_int_equal(close(ready[0]) | close(ready[1]), 0);
    rig_remove_dir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_gets_its_part),
        cmocka_unit_test(a_dead_holders_turn_passes_on),
        cmocka_unit_test(frozen_processes_do_not_keep_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
