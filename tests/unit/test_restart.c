/* test_restart: the waits between restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/restart.h"

static void crashes_wait_longer_each_time(void **state) {
    (void)state;
    static const int64_t waits_ms[] = {0, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    struct restart r = {0};
    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++)
        assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), waits_ms[i]);
}

static void a_million_crashes_overflow_nothing(void **state) {
    (void)state;
    struct restart r = {0};
    for (int i = 0; i < 1000000; i++)
        assert_in_range(restart_wait_ms(&r, RESTART_CRASHED, 0), 0, RESTART_MOST_MS);
    assert_in_range(r.crashes, 1, 10);
}

static void a_healthy_life_forgets(void **state) {
    (void)state;
    struct restart r = {0};
    for (int i = 0; i < 5; i++)
        (void)restart_wait_ms(&r, RESTART_CRASHED, 0);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, RESTART_HEALTHY_MS - 1), 16000);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, RESTART_HEALTHY_MS), 0);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), 1000);
}

static void being_killed_is_no_crash(void **state) {
    (void)state;
    struct restart r = {0};
    for (int i = 0; i < 100; i++) {
        assert_int_equal(restart_wait_ms(&r, RESTART_KILLED, RESTART_SPACING_MS), 0);
        assert_int_equal(restart_wait_ms(&r, RESTART_KILLED, 100), 0);
        assert_int_equal(restart_wait_ms(&r, RESTART_KILLED, 100), RESTART_SPACING_MS - 100);
        assert_int_equal(restart_wait_ms(&r, RESTART_KILLED, 0), RESTART_SPACING_MS);
    }
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), 0);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), 1000);
    (void)restart_wait_ms(&r, RESTART_KILLED, 0);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), 2000);
}

static void waiting_is_no_crash(void **state) {
    (void)state;
    struct restart r = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(restart_wait_ms(&r, RESTART_WAITS, 0), RESTART_FIRST_MS);
    assert_int_equal(restart_wait_ms(&r, RESTART_CRASHED, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes_wait_longer_each_time),
        cmocka_unit_test(a_million_crashes_overflow_nothing),
        cmocka_unit_test(a_healthy_life_forgets),
        cmocka_unit_test(being_killed_is_no_crash),
        cmocka_unit_test(waiting_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
