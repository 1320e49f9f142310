/* test_discard: a segment file goes with its last answer, whatever the answers were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/discard.h"
#include "base/segment.h"

#define ANSWERS 3
#define BODY_BYTES 70000 /* more than is read at once */

struct rig {
    char results[64], file[128];
    struct segment_record r[ANSWERS];
};

static void fill(struct segment_record *r, char *body, int byte) {
    struct sha256 sum;
    memset(body, byte, BODY_BYTES);
    *r = (struct segment_record){.format = "pcm", .bytes = BODY_BYTES, .body = body};
    sha256_init(&sum);
    sha256_add(&sum, body, BODY_BYTES);
    sha256_finish(&sum, r->sha256);
}

static int setup(void **state) {
    static char body[ANSWERS][BODY_BYTES];
    struct rig *rig = calloc(1, sizeof *rig);
    struct segment s;
    struct err e = {.msg = "?"};
    assert_non_null(rig);
    (void)snprintf(rig->results, sizeof rig->results, "/tmp/ttsq-discard-XXXXXX");
    assert_non_null(mkdtemp(rig->results));
    int fd = open(rig->results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    segment_init(&s, fd, 1);
    for (int i = 0; i < ANSWERS; i++)
        fill(&rig->r[i], body[i], i == 1 ? 0 : 'a' + i);
    if (!segment_append(&s, rig->r, ANSWERS, &e))
        fail_msg("append: %s", e.msg);
    segment_close(&s);
    close(fd);
    (void)snprintf(rig->file, sizeof rig->file, "%s/%s", rig->results, rig->r[0].path);
    *state = rig;
    return 0;
}

static int teardown(void **state) {
    struct rig *rig = *state;
    char folder[128];
    (void)unlink(rig->file);
    (void)snprintf(folder, sizeof folder, "%s/" SEGMENT_FOLDER, rig->results);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rmdir(rig->results), 0);
    free(rig);
    return 0;
}

static void discard(const struct rig *rig, int i) {
    struct err e = {.msg = "?"};
    if (!discard_answer(rig->results, rig->r[i].path, rig->r[i].offset, rig->r[i].bytes, &e))
        fail_msg("discard: %s", e.msg);
}

/* As if nobody had written to it for long. Is it there afterwards? */
static bool stays(const struct rig *rig) {
    const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    struct err e = {.msg = "?"};
    int64_t removed;
    struct stat st;
    assert_int_equal(utimensat(AT_FDCWD, rig->file, times, 0), 0);
    if (!discard_segments(rig->results, &removed, &e))
        fail_msg("discard: %s", e.msg);
    bool is_there = stat(rig->file, &st) == 0;
    assert_int_equal(removed, !is_there);
    return is_there;
}

static void test_a_file_that_is_being_written_stays(void **state) {
    struct rig *rig = *state;
    struct segment s;
    struct segment_record r = rig->r[0];
    struct err e = {.msg = "?"};
    char *body = calloc(1, BODY_BYTES);
    int fd = open(rig->results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0 && body);
    assert_int_equal(unlink(rig->file), 0);
    segment_init(&s, fd, 1);
    fill(&r, body, 'z');
    assert_true(segment_append(&s, &r, 1, &e));
    rig->r[0] = r;
    discard(rig, 0);
    assert_true(stays(rig));
    segment_close(&s);
    assert_false(stays(rig));
    close(fd);
    free(body);
}

static void test_an_answer_of_zeros_is_an_answer(void **state) {
    const struct rig *rig = *state;
    discard(rig, 0);
    discard(rig, 2);
    assert_true(stays(rig));
    discard(rig, 1);
    assert_false(stays(rig));
}

static void test_what_is_discarded_twice_is_discarded(void **state) {
    const struct rig *rig = *state;
    for (int i = 0; i < ANSWERS; i++)
        for (int times = 0; times < 2 + i; times++)
            discard(rig, i);
    assert_false(stays(rig));
}

static void test_a_file_without_answers_goes(void **state) {
    const struct rig *rig = *state;
    assert_int_equal(truncate(rig->file, 0), 0);
    assert_int_equal(truncate(rig->file, 8192), 0);
    assert_false(stays(rig));
}

static void test_a_file_that_is_not_understood_stays(void **state) {
    const struct rig *rig = *state;
    int fd = open(rig->file, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "?", 1, 0), 1);
    close(fd);
    for (int i = 0; i < ANSWERS; i++)
        discard(rig, i);
    assert_true(stays(rig));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_that_is_being_written_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_answer_of_zeros_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_discarded_twice_is_discarded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_without_answers_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_not_understood_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
