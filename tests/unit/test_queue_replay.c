/* test_queue_replay: the books against a count made millisecond by millisecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/replay.h"
#include "tests/lib/random_below.h"

#define ROUNDS 300
#define SPANS 40
#define TIME_MS 60

static void handed_over_in_the_same_millisecond(void **state) {
    (void)state;
    struct replay_spans calls = {0}, waits = {0};
    struct replay_findings found;
    replay_add(&calls, 1000, 1050);
    replay_add(&calls, 1050, 1100);
    replay_add(&calls, 1100, 1100); /* shorter than a millisecond */
    replay_add(&calls, 1200, 1190); /* the clock was set back */
    replay_run(&calls, &waits, 1, &found);
    assert_int_equal(found.max_in_flight, 1);
    assert_int_equal(found.waiting_ms, 0);
    replay_release(&calls);
    replay_release(&waits);
}

static void nothing_is_nothing(void **state) {
    (void)state;
    struct replay_spans calls = {0}, waits = {0};
    struct replay_findings found;
    replay_run(&calls, &waits, 4, &found);
    assert_int_equal(found.max_in_flight, 0);
}

static int64_t open_in(const int64_t begin[], const int64_t end[], int count, int64_t at) {
    int64_t open = 0;
    for (int i = 0; i < count; i++)
        open += begin[i] <= at && at < end[i];
    return open;
}

static void agrees_with_a_plain_count(void **state) {
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct replay_spans spans[2] = {{0}, {0}};
        int64_t begin[2][SPANS], end[2][SPANS], cap = 1 + (int64_t)random_below(8);
        struct replay_findings found, plain = {0};
        for (int kind = 0; kind < 2; kind++)
            for (int i = 0; i < SPANS; i++) {
                begin[kind][i] = 1 + (int64_t)random_below(TIME_MS);
                end[kind][i] = begin[kind][i] + 1 + (int64_t)random_below(12);
                replay_add(&spans[kind], begin[kind][i], end[kind][i]);
            }
        for (int64_t at = 0; at < TIME_MS + 20; at++) {
            int64_t in_flight = open_in(begin[0], end[0], SPANS, at);
            int64_t waiting = open_in(begin[1], end[1], SPANS, at);
            plain.max_in_flight = in_flight > plain.max_in_flight ? in_flight : plain.max_in_flight;
            plain.waiting_ms += waiting > 0;
            plain.full_ms += waiting > 0 && in_flight >= cap;
        }
        replay_run(&spans[0], &spans[1], cap, &found);
        assert_int_equal(found.max_in_flight, plain.max_in_flight);
        assert_int_equal(found.waiting_ms, plain.waiting_ms);
        assert_int_equal(found.full_ms, plain.full_ms);
        replay_release(&spans[0]);
        replay_release(&spans[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handed_over_in_the_same_millisecond),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(agrees_with_a_plain_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
