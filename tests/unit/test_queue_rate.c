/* test_queue_rate: the bucket against one that is counted in tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/rate.h"
#include "tests/lib/random_below.h"

#define ROUNDS 200
#define CALLS 400

/* Gives the next call its place. */
static int64_t place(const struct rate *rate, int64_t *next_us, int64_t now_us, int64_t units) {
    int64_t start_us = rate_start_us(rate, *next_us, now_us, units);
    assert_true(start_us >= now_us);
    *next_us = rate_after_us(rate, *next_us, start_us, units);
    return start_us;
}

static void unlimited_gives_everything(void **state) {
    (void)state;
    struct rate rate = {.interval_ns = 0, .burst = 1};
    int64_t next_us = 0;
    assert_int_equal(place(&rate, &next_us, 5, 1000000), 5);
    assert_int_equal(next_us, 0);
}

static void a_rested_bucket_gives_its_burst_and_then_one_an_interval(void **state) {
    (void)state;
    struct rate rate = {.interval_ns = 1000000, .burst = 3};
    int64_t next_us = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(place(&rate, &next_us, 1000000, 1), 1000000);
    assert_int_equal(place(&rate, &next_us, 1000000, 1), 1001000);
    assert_int_equal(place(&rate, &next_us, 1000000, 1), 1002000);
    assert_int_equal(place(&rate, &next_us, 1010000, 1), 1010000);
}

static void a_call_larger_than_the_bucket_waits_for_all_of_it_and_leaves_a_debt(void **state) {
    (void)state;
    struct rate rate = {.interval_ns = 1000000, .burst = 10};
    int64_t next_us = 0;
    assert_int_equal(place(&rate, &next_us, 1000000, 4), 1000000);
    assert_int_equal(place(&rate, &next_us, 1000000, 50), 1004000); /* full again */
    assert_int_equal(place(&rate, &next_us, 1004000, 10), 1054000); /* the debt is paid */
    assert_int_equal(place(&rate, &next_us, 1054000, 1), 1055000);
}

/* Places are given out now and far ahead, for calls of all sizes. A bucket that is counted in
 * tokens, and filled up only by time, always has what a call takes (or is full, for a larger one),
 * and never a moment before its place. */
static void never_more_than_the_bucket_holds(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct rate rate = {.interval_ns = 1000 * (1 + random_below(5000)),
                            .burst = 1 + random_below(40)};
        int64_t interval_us = rate.interval_ns / 1000, full = rate.burst * interval_us;
        int64_t tokens = full, then_us = 1000, next_us = 0, now_us = 1000;
        for (int i = 0; i < CALLS; i++) {
            now_us += random_below(3 * interval_us);
            int64_t units = 1 + random_below(round % 2 ? 1 : 60);
            int64_t start_us = place(&rate, &next_us, now_us, units);
            int64_t asked = (units < rate.burst ? units : rate.burst) * interval_us;
            assert_true(start_us >= then_us); /* in the order in which they were asked for */
            int64_t there = tokens + start_us - then_us;
            tokens = there < full ? there : full;
            assert_true(tokens >= asked);
            if (start_us > now_us)
                assert_int_equal(tokens, asked); /* not later than needed either */
            tokens -= units * interval_us;
            then_us = start_us;
        }
    }
}

static void extremes_do_not_overflow(void **state) {
    (void)state;
    struct rate rate = {.interval_ns = INT64_MAX / 2, .burst = 100};
    int64_t next_us = rate_after_us(&rate, 0, INT64_MAX - 1, 1000);
    assert_int_equal(next_us, INT64_MAX);
    assert_true(rate_start_us(&rate, next_us, 0, 1) >= 0);
    assert_true(rate_start_us(&rate, 0, INT64_MAX - 1, 1) == INT64_MAX - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlimited_gives_everything),
        cmocka_unit_test(a_rested_bucket_gives_its_burst_and_then_one_an_interval),
        cmocka_unit_test(a_call_larger_than_the_bucket_waits_for_all_of_it_and_leaves_a_debt),
        cmocka_unit_test(never_more_than_the_bucket_holds),
        cmocka_unit_test(extremes_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
