/* test_presence: with real processes that are really killed; locks end with them, marks do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "fleet/presence.h"
#include "tests/lib/random_below.h"

#define WORKER INT64_C(0x1234abcd5678)
#define DEADLINE_MS 20000
#define HEADER_BYTES 64

static char dir[] = "/tmp/test_presence_XXXXXX";
static char path[128];

static int make_dir(void **state) {
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/worker-%016llx", dir, (unsigned long long)WORKER);
    return 0;
}

static int remove_dir(void **state) {
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static struct presence *open_or_die(size_t marks) {
    struct presence *p = NULL;
    struct err e;
    if (!presence_open(&p, dir, WORKER, marks, &e))
        fail_msg("%s", e.msg);
    return p;
}

/* Starts a process that runs `work` and then lives on until it is killed. */
static pid_t start_worker(void (*work)(struct presence *)) {
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct presence *p;
        struct err e;
        if (!presence_open(&p, dir, WORKER, 8, &e))
            _exit(1);
        work(p);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    struct pollfd fd = {.fd = ready[0], .events = POLLIN};
    char byte = 0;
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void kill_worker(pid_t pid) {
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static size_t sent(struct presence *p, int64_t job_id, int32_t attempt_no, int64_t account_id,
                   int32_t slot_no, int64_t over_by_boot_ms) {
    return presence_sent(p, &(struct presence_mark){.job_id = job_id,
                                                    .account_id = account_id,
                                                    .over_by_boot_ms = over_by_boot_ms,
                                                    .attempt_no = attempt_no,
                                                    .slot_no = slot_no,
                                                    .asked_otherwise = job_id == 103});
}

static void three_calls(struct presence *p) {
    size_t a = sent(p, 101, 1, 7, 0, 5000);
    size_t b = sent(p, 102, 2, 7, 1, 6000);
    (void)sent(p, 103, 3, 8, 2, 7000);
    presence_over(p, a);
    presence_over(p, b);
    presence_settled(p, b);
}

static void a_killed_worker_leaves_its_marks(void **state) {
    (void)state;
    struct presence_record record;
    struct err e;
    pid_t pid = start_worker(three_calls);
    assert_true(presence_is_alive(dir, WORKER));
    assert_false(presence_read_dead(dir, WORKER, &record, &e));
    assert_int_equal(e.code, ERR_LATER);
    assert_non_null(strstr(e.msg, "alive"));
    assert_null(record.marks);
    presence_remove(dir, WORKER);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(presence_read_frozen(dir, WORKER, &record, &e));
    assert_true(record.known);
    assert_int_equal(record.count, 2);
    free(record.marks);
    kill_worker(pid);
    assert_false(presence_is_alive(dir, WORKER));
    assert_true(presence_read_dead(dir, WORKER, &record, &e));
    assert_true(record.known);
    assert_int_equal(record.count, 2);
    for (size_t i = 0; i < record.count; i++) {
        bool over = record.marks[i].job_id == 101;
        assert_int_equal(record.marks[i].phase, over ? PRESENCE_OVER : PRESENCE_SENT);
        assert_int_equal(record.marks[i].job_id, over ? 101 : 103);
        assert_int_equal(record.marks[i].asked_otherwise, !over);
        assert_int_equal(record.marks[i].attempt_no, over ? 1 : 3);
        assert_int_equal(record.marks[i].account_id, over ? 7 : 8);
        assert_int_equal(record.marks[i].slot_no, over ? 0 : 2);
        assert_int_equal(record.marks[i].over_by_boot_ms, over ? 5000 : 7000);
    }
    free(record.marks);
    presence_remove(dir, WORKER);
    assert_int_equal(access(path, F_OK), -1);
}

static void lookers_do_not_take_each_other_for_the_worker(void **state) {
    (void)state;
    pid_t pid = start_worker(three_calls);
    kill_worker(pid);
    int looker = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(looker, LOCK_SH | LOCK_NB), 0);
    assert_false(presence_is_alive(dir, WORKER));
    close(looker);
    presence_remove(dir, WORKER);
}

static void nothing_there_is_not_alive(void **state) {
    (void)state;
    struct presence_record record = {.known = true, .count = 9};
    struct err e;
    assert_false(presence_is_alive(dir, WORKER));
    assert_true(presence_read_dead(dir, WORKER, &record, &e));
    assert_false(record.known);
    assert_null(record.marks);
    assert_int_equal(record.count, 0);
    presence_remove(dir, WORKER);
}

static void doubt_is_alive(void **state) {
    (void)state;
    assert_int_equal(symlink("nowhere", path), 0); /* O_NOFOLLOW: cannot be opened, yet is there */
    assert_true(presence_is_alive(dir, WORKER));
    assert_int_equal(unlink(path), 0);
}

static void closing_removes_the_file(void **state) {
    (void)state;
    struct presence *p = open_or_die(0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    presence_close(p);
    assert_int_equal(access(path, F_OK), -1);
    presence_close(NULL);
}

static void an_identity_is_taken_once(void **state) {
    (void)state;
    struct presence *p = open_or_die(4), *other = NULL;
    struct err e;
    assert_false(presence_open(&other, dir, WORKER, 4, &e));
    assert_null(other);
    assert_int_equal(e.detail, EEXIST);
    assert_true(presence_is_alive(dir, WORKER));
    presence_close(p);
    assert_false(presence_open(&other, "/nonexistent/dir", WORKER, 4, &e));
}

/* Marks are used and freed in random order; what is in use is always exactly what a reader sees. */
static void marks_are_reused_without_mixing(void **state) {
    (void)state;
    enum { MARKS = 16, TURNS = 20000 };
    struct presence *p = open_or_die(MARKS);
    int64_t job_of[MARKS] = {0};
    size_t used = 0;
    for (int64_t turn = 1; turn <= TURNS; turn++) {
        size_t i = (size_t)random_below(MARKS);
        if (job_of[i]) {
            if (random_below(2))
                presence_over(p, i);
            presence_settled(p, i);
            job_of[i] = 0;
            used--;
        } else if (used < MARKS) {
            size_t mark = sent(p, turn, 1, 1, 1, turn);
            assert_in_range(mark, 0, MARKS - 1);
            assert_int_equal(job_of[mark], 0);
            job_of[mark] = turn;
            used++;
        }
    }
    struct presence_mark seen[MARKS];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, seen, sizeof seen, HEADER_BYTES), (ssize_t)sizeof seen);
    close(fd);
    for (size_t i = 0; i < MARKS; i++) {
        assert_int_equal(seen[i].phase, job_of[i] ? PRESENCE_SENT : PRESENCE_FREE);
        if (job_of[i])
            assert_int_equal(seen[i].job_id, job_of[i]);
    }
    presence_close(p);
}

static bool read_it(size_t *count) {
    struct presence_record record;
    struct err e;
    bool ok = presence_read_dead(dir, WORKER, &record, &e);
    free(record.marks);
    assert_true(record.known || record.count == 0);
    *count = record.count;
    return ok;
}

static void write_file(const void *data, size_t bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, data, bytes), (ssize_t)bytes);
    close(fd);
}

/* Any bytes whatever: an answer or an error, never a crash, and never more marks than the file has
 * room for. */
static void damaged_files_are_refused(void **state) {
    (void)state;
    char good[HEADER_BYTES + 8 * sizeof(struct presence_mark)], bad[sizeof good];
    size_t count = 0;
    kill_worker(start_worker(three_calls));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, good, sizeof good), (ssize_t)sizeof good);
    close(fd);
    for (size_t bytes = 0; bytes < sizeof good; bytes++) {
        write_file(good, bytes);
        assert_true(read_it(&count) == (bytes < HEADER_BYTES));
    }
    for (size_t at = 0; at < 32; at++) { /* every byte of the header's fields counts */
        memcpy(bad, good, sizeof bad);
        bad[at] = (char)(bad[at] ^ 0x55);
        write_file(bad, sizeof bad);
        assert_false(read_it(&count));
    }
    for (int round = 0; round < 3000; round++) {
        memcpy(bad, good, sizeof bad);
        for (int i = 0; i < 3; i++)
            bad[random_below(sizeof bad)] = (char)random_u64();
        write_file(bad, sizeof bad);
        if (read_it(&count))
            assert_in_range(count, 0, 8);
    }
    memset(bad, 0, sizeof bad); /* died before its header was written */
    write_file(bad, sizeof bad);
    assert_true(read_it(&count));
    assert_int_equal(count, 0);
    presence_remove(dir, WORKER);
}

/* The folder outlives a power cut, the marks may not: nothing may be believed. */
static void a_file_of_another_boot_says_nothing(void **state) {
    (void)state;
    struct presence_record record;
    struct err e;
    kill_worker(start_worker(three_calls));
    assert_int_equal(setenv("TTSQ_BOOT_ID", "00112233445566778899aabbccddeeff", 1), 0);
    bool ok = presence_read_dead(dir, WORKER, &record, &e);
    assert_int_equal(unsetenv("TTSQ_BOOT_ID"), 0);
    assert_true(ok);
    assert_false(record.known);
    assert_int_equal(record.count, 0);
    free(record.marks);

    char zeros[HEADER_BYTES + sizeof *record.marks] = {
        0}; /* created, and never written to the disk */
    write_file(zeros, sizeof zeros);
    assert_true(presence_read_dead(dir, WORKER, &record, &e));
    assert_false(record.known);
    free(record.marks);
    presence_remove(dir, WORKER);
}

/* A keeper that looks at a file between creation and lock takes it for dead and removes it; whoever
 * has opened must still be alive in the end. */
static void a_sweeper_cannot_take_a_fresh_file_away(void **state) {
    (void)state;
    pid_t sweeper = fork();
    assert_true(sweeper >= 0);
    if (sweeper == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed assertion must not leave it behind */
        for (;;)
            presence_remove(dir, WORKER);
    }
    for (int i = 0; i < 2000; i++) {
        struct presence *p = open_or_die(4);
        assert_true(presence_is_alive(dir, WORKER));
        presence_close(p);
    }
    kill_worker(sweeper);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_worker_leaves_its_marks),
        cmocka_unit_test(lookers_do_not_take_each_other_for_the_worker),
        cmocka_unit_test(nothing_there_is_not_alive),
        cmocka_unit_test(doubt_is_alive),
        cmocka_unit_test(closing_removes_the_file),
        cmocka_unit_test(an_identity_is_taken_once),
        cmocka_unit_test(marks_are_reused_without_mixing),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(a_file_of_another_boot_says_nothing),
        cmocka_unit_test(a_sweeper_cannot_take_a_fresh_file_away),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
