/* test_queue_fair: who is served next, over many turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/fair.h"
#include "tests/lib/random_below.h"

#define TURNS 100000

static void nobody_ready_is_nobody_served(void **state) {
    (void)state;
    struct fair_batch batches[] = {{.batch_id = 1, .weight = 1, .ready = 0}};
    assert_int_equal(fair_pick(batches, 0), -1);
    assert_int_equal(fair_pick(batches, 1), -1);
}

static void priority_goes_before_virtual_time_and_that_before_age(void **state) {
    (void)state;
    struct fair_batch batches[] = {
        {.batch_id = 3, .priority = 0, .weight = 1, .vtime = 0, .ready = 1},
        {.batch_id = 2, .priority = 5, .weight = 1, .vtime = 900, .ready = 1},
        {.batch_id = 1, .priority = 5, .weight = 1, .vtime = 900, .ready = 1},
        {.batch_id = 4, .priority = 5, .weight = 1, .vtime = 100, .ready = 0},
    };
    assert_int_equal(fair_pick(batches, 4), 2);
    batches[3].ready = 1;
    assert_int_equal(fair_pick(batches, 4), 3);
    batches[0].priority = 6;
    assert_int_equal(fair_pick(batches, 4), 0);
}

static void characters_are_shared_by_weight(void **state) {
    (void)state;
    static const int64_t weights[] = {1, 2, 7, 1000};
    struct fair_batch batches[4];
    int64_t served[4] = {0}, total = 0;
    for (int i = 0; i < 4; i++)
        batches[i] = (struct fair_batch){.batch_id = i + 1, .weight = weights[i], .ready = 1};
    for (int turn = 0; turn < TURNS; turn++) {
        int i = fair_pick(batches, 4);
        int64_t chars = 1 + random_below(400);
        batches[i].vtime = fair_advance(batches[i].vtime, batches[i].weight, chars);
        served[i] += chars;
        total += chars;
    }
    for (int i = 0; i < 4; i++) {
        /* never further from the fair share than two jobs of everybody's weight and rounding */
        double share = (double)total * (double)weights[i] / 1010.0;
        double slack = 2.0 * 400.0 * (double)(weights[i] > 4 ? weights[i] : 4) + 0.01 * share;
        assert_true((double)served[i] > share - slack && (double)served[i] < share + slack);
    }
}

static void a_small_batch_does_not_wait_for_a_large_one(void **state) {
    (void)state;
    struct fair_batch batches[] = {
        {.batch_id = 1, .weight = 1, .vtime = 5000000, .ready = 100000},
        {.batch_id = 2, .weight = 1, .vtime = 5000000, .ready = 10},
    };
    int turns = 0;
    for (; batches[1].ready > 0; turns++) {
        int i = fair_pick(batches, 2);
        batches[i].ready--;
        batches[i].vtime = fair_advance(batches[i].vtime, 1, 200);
    }
    assert_in_range(turns, 10, 21);
}

static void serving_always_costs_and_never_overflows(void **state) {
    (void)state;
    assert_int_equal(fair_advance(7, 1, 0), 7 + FAIR_VTIME_PER_CHAR);
    assert_int_equal(fair_advance(7, 1, 10), 7 + 10 * FAIR_VTIME_PER_CHAR);
    assert_true(fair_advance(0, 1000, 0) >= 1);
    assert_true(fair_advance(0, INT64_MAX, 1) == 1);
    assert_true(fair_advance(INT64_MAX - 5, 1, 1) == INT64_MAX);
    assert_true(fair_advance(0, 1, INT64_MAX) == INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_ready_is_nobody_served),
        cmocka_unit_test(priority_goes_before_virtual_time_and_that_before_age),
        cmocka_unit_test(characters_are_shared_by_weight),
        cmocka_unit_test(a_small_batch_does_not_wait_for_a_large_one),
        cmocka_unit_test(serving_always_costs_and_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
