/* test_space: the floor and the reserve, on the file system of /tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/space.h"

#define MIN_BYTES (4 << 20)

static char dir[] = "/tmp/test_space_XXXXXX";
static const char *const paths[] = {dir};

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
    space_make_reserve(&s);
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
    space_make_reserve(&s);
    assert_false(space_look(&s, SPACE_HOLD_MS - 1)); /* no flapping */
    assert_true(space_look(&s, SPACE_HOLD_MS) && !s.low);
    space_give_up_reserve(&s);
    assert_true(space_look(&s, SPACE_HOLD_MS + 1) && s.low);
}

static void no_reserve_is_made_below_the_floor(void **state) {
    (void)state;
    struct space s = space_of(INT64_MAX - 1);
    space_make_reserve(&s);
    assert_int_equal(reserve_bytes(), -1);
    assert_true(space_look(&s, 0) && s.low);
    assert_ptr_equal(s.low_path, dir);
}

static void without_a_floor_nothing_is_ever_low(void **state) {
    (void)state;
    struct space s = space_of(0);
    assert_true(space_has_reserve(&s));
    space_make_reserve(&s);
    assert_int_equal(reserve_bytes(), -1);
    assert_false(space_look(&s, 0) || s.low);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reserve_holds_room_until_it_is_given_up),
        cmocka_unit_test(without_its_reserve_a_path_is_low),
        cmocka_unit_test(no_reserve_is_made_below_the_floor),
        cmocka_unit_test(without_a_floor_nothing_is_ever_low),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
