/* test_queue_rate: the bucket against a plain count of what it let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "queue/rate.h"

#define TURNS 20000

static void unlimited_gives_everything(void **state) {
    (void)state;
    struct rate rate = {.interval_us = 0, .burst = 1};
    int64_t next_us = 0;
    assert_int_equal(rate_take(&rate, &next_us, 5, 1000000), 1000000);
    assert_int_equal(next_us, 0);
    assert_int_equal(rate_ready_us(&rate, next_us), 0);
}

static void a_rested_bucket_gives_its_burst_and_then_one_an_interval(void **state) {
    (void)state;
    struct rate rate = {.interval_us = 1000, .burst = 3};
    int64_t next_us = 0;
    assert_int_equal(rate_take(&rate, &next_us, 1000000, 10), 3);
    assert_int_equal(rate_take(&rate, &next_us, 1000000, 10), 0);
    assert_int_equal(rate_ready_us(&rate, next_us), 1001000);
    assert_int_equal(rate_take(&rate, &next_us, 1000999, 10), 0);
    assert_int_equal(rate_take(&rate, &next_us, 1001000, 10), 1);
    assert_int_equal(rate_take(&rate, &next_us, 1003500, 10), 2);
    assert_int_equal(rate_take(&rate, &next_us, 1004000, 10), 1);
}

static void burst_one_is_a_strict_interval(void **state) {
    (void)state;
    struct rate rate = {.interval_us = 250, .burst = 1};
    int64_t next_us = 0, last_us = -250;
    for (int64_t now_us = 0; now_us < 100000; now_us += 1 + random_below(90)) {
        if (rate_take(&rate, &next_us, now_us, 5) == 0)
            continue;
        assert_true(now_us - last_us >= 250);
        last_us = now_us;
    }
}

/* In any window of time t no more than burst + t/interval may pass, whatever the asking pattern:
 * equal to a bucket that is counted in tokens of a microsecond. */
static void never_more_than_the_bucket_holds(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct rate rate = {.interval_us = 1 + random_below(5000), .burst = 1 + random_below(40)};
        int64_t full = rate.burst * rate.interval_us, tokens = full, next_us = 0, now_us = 1000;
        for (int turn = 0; turn < TURNS / 50; turn++) {
            int64_t step_us = random_below(3 * rate.interval_us);
            now_us += step_us;
            tokens = tokens + step_us < full ? tokens + step_us : full;
            int64_t want = random_below(10);
            int64_t ready_us = rate_ready_us(&rate, next_us);
            int64_t room = tokens / rate.interval_us;
            assert_int_equal(ready_us <= now_us, room > 0);
            int64_t taken = rate_take(&rate, &next_us, now_us, want);
            assert_int_equal(taken, want < room ? want : room);
            tokens -= taken * rate.interval_us;
        }
    }
}

static void a_state_from_elsewhere_blocks_no_longer_than_an_interval(void **state) {
    (void)state;
    struct rate rate = {.interval_us = 1000, .burst = 4};
    int64_t next_us = INT64_MAX;
    assert_int_equal(rate_take(&rate, &next_us, 50, 1), 0);
    assert_int_equal(rate_take(&rate, &next_us, 1050, 1), 1);
    next_us = INT64_MIN;
    assert_int_equal(rate_take(&rate, &next_us, 50, 100), 4);
}

static void extremes_do_not_overflow(void **state) {
    (void)state;
    struct rate rate = {.interval_us = INT64_MAX / 2, .burst = 100};
    int64_t next_us = 0;
    assert_true(rate_take(&rate, &next_us, INT64_MAX - 1, 1) >= 0);
    assert_true(next_us >= 0);
    assert_true(rate_ready_us(&rate, INT64_MIN) <= 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlimited_gives_everything),
        cmocka_unit_test(a_rested_bucket_gives_its_burst_and_then_one_an_interval),
        cmocka_unit_test(burst_one_is_a_strict_interval),
        cmocka_unit_test(never_more_than_the_bucket_holds),
        cmocka_unit_test(a_state_from_elsewhere_blocks_no_longer_than_an_interval),
        cmocka_unit_test(extremes_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
