/* test_served: what the service has taken over is told as it was written, and whatever stands in
 * the place of that file, nobody waits for it or writes through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fleet/served.h"

#define DEADLINE_S 20
#define OTHERWISE 5

static char folder[] = "/tmp/served-XXXXXX";
static char served[64], fresh[64], other[64];

static const struct served list[] = {{SERVED_ACCOUNT, "main"},
                                     {SERVED_PROFILE, "say"},
                                     {SERVED_PROFILE, "far"},
                                     {SERVED_KEYLESS, "far"},
                                     {SERVED_SPACE_MIN, "4096"}};

static void write_list(void) {
    struct err e;
    assert_true(served_write(folder, list, sizeof list / sizeof list[0], &e));
}

static void expect_list(void) {
    assert_true(served_has(folder, SERVED_ACCOUNT, "main"));
    assert_false(served_has(folder, SERVED_ACCOUNT, "mai"));
    assert_false(served_has(folder, SERVED_PROFILE, "main"));
    assert_true(served_has_key(folder, "say"));
    assert_false(served_has_key(folder, "far"));
    assert_int_equal(served_space_min(folder, OTHERWISE), 4096);
}

static void expect_nothing_told(void) {
    assert_true(served_has(folder, SERVED_ACCOUNT, "any"));
    assert_false(served_has_key(folder, "say"));
    assert_int_equal(served_space_min(folder, OTHERWISE), OTHERWISE);
}

static void it_tells_what_was_written(void **state) {
    (void)state;
    expect_nothing_told();
    write_list();
    expect_list();
}

static void what_is_no_file_is_not_waited_for(void **state) {
    (void)state;
    (void)unlink(served);
    assert_int_equal(mkfifo(served, 0600), 0);
    expect_nothing_told();
    assert_int_equal(unlink(served), 0);
    assert_int_equal(symlink("/dev/zero", served), 0);
    expect_nothing_told();
    assert_int_equal(unlink(served), 0);
    FILE *file = fopen(served, "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), INT64_C(1) << 40), 0); /* a line without an end */
    fclose(file);
    expect_nothing_told();
    write_list();
    expect_list();
}

static void a_failure_stands_until_the_keeper_has_started(void **state) {
    (void)state;
    struct served_failure told;
    struct err why;
    write_list();
    assert_false(served_failure(folder, &told));
    (void)err_set(&why, ERR_NO_SERVICE, "a folder\nthat is closed");
    served_tell_failure(folder, &why, true);
    assert_true(served_failure(folder, &told));
    assert_true(told.lasts);
    assert_string_equal(told.why, "a folder");
    expect_list(); /* the workers that are left still serve that */
    (void)err_set(&why, ERR_DB_LOCKED, "%0*d", ERR_MSG_MAX - 1, 7);
    served_tell_failure(folder, &why, false);
    assert_true(served_failure(folder, &told));
    assert_false(told.lasts);
    assert_string_equal(told.why, why.msg);
    write_list();
    assert_false(served_failure(folder, &told));
    served_tell_failure(folder, &why, false);
    served_forget(folder);
    assert_false(served_failure(folder, &told));
}

static void nothing_is_written_through_what_is_there(void **state) {
    (void)state;
    struct stat st;
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    assert_true(fputs("of somebody", file) >= 0);
    fclose(file);
    assert_int_equal(symlink(other, fresh), 0);
    write_list();
    expect_list();
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_size, strlen("of somebody"));
    assert_int_equal(mkfifo(fresh, 0600), 0); /* which nobody reads */
    write_list();
    expect_list();
}

static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(served, sizeof served, "%s/served", folder);
    (void)snprintf(fresh, sizeof fresh, "%s/served.new", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
    (void)alarm(DEADLINE_S); /* who waits for a pipe waits for ever */
    return 0;
}

static int teardown(void **state) {
    (void)state;
    (void)unlink(served);
    (void)unlink(fresh);
    (void)unlink(other);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_what_was_written),
        cmocka_unit_test(what_is_no_file_is_not_waited_for),
        cmocka_unit_test(a_failure_stands_until_the_keeper_has_started),
        cmocka_unit_test(nothing_is_written_through_what_is_there),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
