/* test_queue_retry: backoff limits, and every row of the decision table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "queue/retry.h"
#include "tests/lib/random_below.h"

#define ROUNDS 2000

static const struct retry_policy policy = {
    .attempts_max = 5, .uncertain_max = 2, .backoff_base_ms = 1000, .backoff_cap_ms = 60000};

static struct retry_decision decide(const struct retry_policy *p, struct retry_history h,
                                    enum attempt_outcome outcome, enum retry_action action,
                                    int64_t wait_ms) {
    return retry_decide(p, &h, outcome, action, wait_ms, random_u64());
}

static void backoff_stays_within_its_limit(void **state) {
    (void)state;
    int64_t limit_ms = 1000;
    for (int n = 1; n <= 100; n++) {
        int64_t most_ms = 0, least_ms = INT64_MAX;
        for (int i = 0; i < ROUNDS; i++) {
            int64_t ms = retry_backoff_ms(1000, 60000, n, random_u64());
            most_ms = ms > most_ms ? ms : most_ms;
            least_ms = ms < least_ms ? ms : least_ms;
        }
        assert_in_range(least_ms, 1, limit_ms);
        assert_in_range(most_ms, 1, limit_ms);
        /* full jitter uses the whole range: both tenths are met, but for a chance of 1e-91 */
        assert_true(least_ms <= limit_ms / 10 && most_ms >= limit_ms - limit_ms / 10);
        limit_ms = limit_ms * 2 < 60000 ? limit_ms * 2 : 60000;
    }
}

static void backoff_does_not_overflow(void **state) {
    (void)state;
    for (int n = 1; n < 200; n++) {
        int64_t ms = retry_backoff_ms(INT64_MAX / 2, INT64_MAX, n, UINT64_MAX);
        assert_true(ms >= 1);
    }
    assert_int_equal(retry_backoff_ms(1, 1, 1, UINT64_MAX), 1);
    assert_int_equal(retry_backoff_ms(8, 1000, 3, 31), 32);
    assert_int_equal(retry_backoff_ms(8, 1000, 3, 32), 1);
}

static void an_answer_is_done_and_the_unsent_is_ready(void **state) {
    (void)state;
    struct retry_history h = {.attempts = 99, .refusals = 99, .uncertain = 99};
    for (int action = RETRY_NONE; action <= RETRY_STOP; action++) {
        enum retry_action a = (enum retry_action)action;
        assert_int_equal(decide(&policy, h, ATTEMPT_ANSWERED, a, 0).state, JOB_DONE);
        assert_int_equal(decide(&policy, h, ATTEMPT_UNSENT, a, 0).state, JOB_READY);
    }
}

static void a_refusal_never_fails_a_job(void **state) {
    (void)state;
    for (int refusals = 0; refusals < 1000; refusals++)
        for (int action = RETRY_NONE; action <= RETRY_STOP; action++) {
            struct retry_history h = {.attempts = 50, .refusals = refusals, .uncertain = 50};
            struct retry_decision d =
                decide(&policy, h, ATTEMPT_REFUSED, (enum retry_action)action, 0);
            assert_int_equal(d.state, action == RETRY_STOP ? JOB_READY : JOB_DELAYED);
            if (d.state == JOB_DELAYED)
                assert_in_range(d.delay_ms, 1, 60000);
        }
}

static void the_provider_s_wait_is_the_least(void **state) {
    (void)state;
    struct retry_history h = {.attempts = 1, .refusals = 1, .uncertain = 1};
    static const enum attempt_outcome outcomes[] = {ATTEMPT_REFUSED, ATTEMPT_FAILED,
                                                    ATTEMPT_UNCERTAIN};
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        struct retry_decision d = decide(&policy, h, outcomes[i], RETRY_WAIT, 70000);
        assert_int_equal(d.state, JOB_DELAYED);
        assert_int_equal(d.delay_ms, 70000);
    }
}

static void failures_fail_at_the_maximum(void **state) {
    (void)state;
    for (int n = 1; n < 10; n++) {
        struct retry_history h = {.attempts = n};
        assert_int_equal(decide(&policy, h, ATTEMPT_FAILED, RETRY_AGAIN, 0).state,
                         n < 5 ? JOB_DELAYED : JOB_FAILED);
        assert_int_equal(decide(&policy, h, ATTEMPT_FAILED, RETRY_FAIL, 0).state, JOB_FAILED);
        assert_int_equal(decide(&policy, h, ATTEMPT_FAILED, RETRY_SPLIT, 0).state, JOB_FAILED);
        assert_int_equal(decide(&policy, h, ATTEMPT_FAILED, RETRY_STOP, 0).state, JOB_READY);
    }
}

static void uncertain_ones_are_held_when_too_many(void **state) {
    (void)state;
    for (int n = 1; n < 10; n++) {
        struct retry_history h = {.attempts = n, .uncertain = n};
        assert_int_equal(decide(&policy, h, ATTEMPT_UNCERTAIN, RETRY_AGAIN, 0).state,
                         n <= 2 ? JOB_DELAYED : JOB_HELD);
    }
    struct retry_history spent = {.attempts = 5, .uncertain = 1};
    assert_int_equal(decide(&policy, spent, ATTEMPT_UNCERTAIN, RETRY_AGAIN, 0).state, JOB_FAILED);
    struct retry_history once = {.attempts = 1, .uncertain = 1};
    assert_int_equal(decide(&policy, once, ATTEMPT_UNCERTAIN, RETRY_FAIL, 0).state, JOB_FAILED);
    struct retry_policy careful = policy;
    careful.hold_uncertain = true;
    assert_int_equal(decide(&careful, once, ATTEMPT_UNCERTAIN, RETRY_AGAIN, 0).state, JOB_HELD);
    assert_int_equal(decide(&careful, spent, ATTEMPT_UNCERTAIN, RETRY_FAIL, 0).state, JOB_HELD);
}

static void every_decision_is_an_edge_of_the_state_table(void **state) {
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct retry_history h = {.attempts = (int)random_below(8),
                                  .refusals = (int)random_below(8),
                                  .uncertain = (int)random_below(8)};
        enum attempt_outcome outcome =
            (enum attempt_outcome)(ATTEMPT_ANSWERED + random_below(ATTEMPT_UNSENT));
        enum retry_action action = (enum retry_action)random_below(RETRY_STOP + 1);
        struct retry_decision d = decide(&policy, h, outcome, action, random_below(100000));
        assert_true(job_state_may_become(JOB_RUNNING, d.state));
        assert_true((d.delay_ms >= 1) == (d.state == JOB_DELAYED));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_stays_within_its_limit),
        cmocka_unit_test(backoff_does_not_overflow),
        cmocka_unit_test(an_answer_is_done_and_the_unsent_is_ready),
        cmocka_unit_test(a_refusal_never_fails_a_job),
        cmocka_unit_test(the_provider_s_wait_is_the_least),
        cmocka_unit_test(failures_fail_at_the_maximum),
        cmocka_unit_test(uncertain_ones_are_held_when_too_many),
        cmocka_unit_test(every_decision_is_an_edge_of_the_state_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
