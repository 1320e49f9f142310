/* test_space: the floor and the reserve, on the file system of /tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/space.h"

#define MIN_BYTES (4 << 20)

static char dir[] = "/tmp/test_space_XXXXXX";
static const char *const paths[] = {dir};
static struct err error;

static struct space space_of(int64_t min_bytes) {
    return (struct space){
        .paths = paths, .path_count = 1, .min_bytes = min_bytes, .needs_reserve = true};
}

static int64_t reserve_bytes(void) {
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", dir, SPACE_RESERVE_NAME);
    return stat(path, &st) == 0 ? (int64_t)st.st_blocks * 512 : -1;
}

static int make_dir(void **state) {
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
    (void)state;
    return rmdir(dir); /* fails when a test left something behind */
}

static void a_reserve_holds_room_until_it_is_given_up(void **state) {
    (void)state;
    struct space s = space_of(MIN_BYTES);
    assert_false(space_has_reserve(&s));
    assert_true(space_make_reserve(&s, &error));
    assert_true(space_has_reserve(&s));
    assert_in_range(reserve_bytes(), MIN_BYTES / SPACE_RESERVE_PART, MIN_BYTES);
    space_give_up_reserve(&s);
    assert_int_equal(reserve_bytes(), -1);
    assert_false(space_has_reserve(&s));
    space_give_up_reserve(&s); /* by another process, too */
}

static void without_its_reserve_a_path_is_low(void **state) {
    (void)state;
    struct space s = space_of(MIN_BYTES), viewer = space_of(MIN_BYTES);
    viewer.needs_reserve = false;
    assert_true(space_look(&s, 0) && s.low);
    assert_false(space_look(&viewer, 0) || viewer.low);
    assert_true(space_make_reserve(&s, &error));
    assert_false(space_look(&s, SPACE_HOLD_MS - 1)); /* no flapping */
    assert_true(space_look(&s, SPACE_HOLD_MS) && !s.low);
    space_give_up_reserve(&s);
    assert_true(space_look(&s, SPACE_HOLD_MS + 1) && s.low);
}

/* Of a smaller floor; or not made by us at all. */
static void a_reserve_that_is_too_small_is_replaced(void **state) {
    (void)state;
    struct space small = space_of(MIN_BYTES / 2), s = space_of(MIN_BYTES);
    char path[64], content[64];
    assert_true(space_make_reserve(&small, &error));
    assert_false(space_has_reserve(&s));
    assert_true(space_make_reserve(&s, &error));
    assert_true(space_has_reserve(&s) && space_has_reserve(&small));
    space_give_up_reserve(&s);
    (void)snprintf(path, sizeof path, "%s/%s", dir, SPACE_RESERVE_NAME);
    (void)snprintf(content, sizeof content, "%s/elsewhere", dir);
    assert_int_equal(symlink(content, path), 0);
    assert_true(space_make_reserve(&s, &error) && space_has_reserve(&s));
    assert_int_not_equal(access(content, F_OK), 0);
    space_give_up_reserve(&s);
}

static void a_reserve_that_cannot_be_made_says_why(void **state) {
    (void)state;
    struct space s = space_of(MIN_BYTES);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", dir, SPACE_RESERVE_NAME);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(space_make_reserve(&s, &error));
    assert_non_null(strstr(error.msg, path));
    assert_int_equal(rmdir(path), 0);
}

static void no_reserve_is_made_below_the_floor(void **state) {
    (void)state;
    struct space s = space_of(INT64_MAX - 1);
    assert_true(space_make_reserve(&s, &error));
    assert_int_equal(reserve_bytes(), -1);
    assert_true(space_look(&s, 0) && s.low);
    assert_ptr_equal(s.low_path, dir);
}

static void without_a_floor_nothing_is_ever_low(void **state) {
    (void)state;
    struct space s = space_of(0);
    assert_true(space_has_reserve(&s));
    assert_true(space_make_reserve(&s, &error));
    assert_int_equal(reserve_bytes(), -1);
    assert_false(space_look(&s, 0) || s.low);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reserve_holds_room_until_it_is_given_up),
        cmocka_unit_test(without_its_reserve_a_path_is_low),
        cmocka_unit_test(a_reserve_that_is_too_small_is_replaced),
        cmocka_unit_test(a_reserve_that_cannot_be_made_says_why),
        cmocka_unit_test(no_reserve_is_made_below_the_floor),
        cmocka_unit_test(without_a_floor_nothing_is_ever_low),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
