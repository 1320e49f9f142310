/*
 * test_queue_flow: the effective cap, the breaker and places in time under random events, against
 * a provider that is simulated beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "queue/flow.h"
#include "tests/lib/random_below.h"

#define STEPS 20000
#define SECOND_US INT64_C(1000000)

static struct flow flow_new(int64_t cap) {
    return (struct flow){.cap = cap,
                         .requests = {.burst = 1},
                         .chars = {.burst = 1},
                         .breaker_limits = {.failures = 3, .base_ms = 1000, .max_ms = 3000}};
}

static struct flow_call call_of(int64_t job_id, enum breaker_news news) {
    return (struct flow_call){.job_id = job_id,
                              .n = 1,
                              .news = news,
                              .counts = news == BREAKER_NEWS_DOWN,
                              .live_max = -1,
                              .live_now = -1};
}

static struct flow_effect hear(struct flow *f, const struct flow_call *call, int64_t now_ms) {
    return flow_heard(f, call, 0, now_ms, now_ms, random_u64());
}

/* ---- effective cap --------------------------------------------------------------------------- */

static void calls_that_began_together_leave_what_fits(void **state) {
    (void)state;
    struct effective f = {0};
    for (int i = 0; i < 4; i++)
        effective_refused(&f, 10, 1000, 1001 + i);
    assert_int_equal(effective_cap(&f, 10, 1010), 6);
    for (int i = 0; i < 20; i++) /* of the same cohort: half of ten at least */
        effective_refused(&f, 10, 1000, 1010);
    assert_int_equal(effective_cap(&f, 10, 1010), 5);
    effective_refused(&f, 10, 1020, 1021);
    assert_int_equal(effective_cap(&f, 10, 1021), 4);
}

static void it_grows_back_and_a_refused_growth_doubles_the_wait(void **state) {
    (void)state;
    struct effective f = {0};
    effective_refused(&f, 4, 1000, 1001);
    assert_int_equal(effective_cap(&f, 4, 1001), 3);
    assert_false(effective_grow(&f, 4, 1000 + EFFECTIVE_WAIT_MS));
    int64_t now = effective_grows_at(&f, 1001), wait = 0;
    for (int i = 0; i < 10; i++) {
        assert_true(effective_grow(&f, 5, now));
        assert_int_equal(effective_cap(&f, 5, now), 4);
        effective_refused(&f, 5, now + 1, now + 2);
        assert_int_equal(effective_cap(&f, 5, now + 2), 3);
        assert_true(f.grow_wait_ms >= wait && f.grow_wait_ms <= EFFECTIVE_WAIT_MAX_MS);
        wait = f.grow_wait_ms;
        now = effective_grows_at(&f, now + 2);
    }
    assert_int_equal(wait, EFFECTIVE_WAIT_MAX_MS);
    for (int i = 0; i < 10; i++) /* nobody refuses any more */
        (void)effective_grow(&f, 5, now += EFFECTIVE_WAIT_MAX_MS);
    assert_int_equal(effective_cap(&f, 5, now), 5);
    assert_int_equal(effective_grows_at(&f, now), INT64_MAX);
}

static void the_providers_word_bounds_it_and_leaves_others_their_room(void **state) {
    (void)state;
    struct effective f = {0};
    assert_true(effective_told(&f, 10, 8, 8, 1000));
    assert_int_equal(effective_cap(&f, 20, 1000), 10);
    assert_int_equal(effective_cap(&f, 4, 1000), 4);
    assert_true(effective_told(&f, 10, 9, 5, 2000));
    assert_int_equal(effective_cap(&f, 20, 2000), 6);
    assert_int_equal(effective_grows_at(&f, 2000), 2000 + EFFECTIVE_OTHERS_MS);
    assert_int_equal(effective_cap(&f, 20, 2000 + EFFECTIVE_OTHERS_MS), 10); /* news grow old */
    assert_true(effective_told(&f, 3, 50, 1, 20000));
    assert_int_equal(effective_cap(&f, 20, 20000), 1); /* never none */
    assert_true(effective_told(&f, -1, 0, 1, 20001));
    assert_int_equal(effective_cap(&f, 20, 20001), 3);
}

/* A provider that lets `really` through: the effective cap stays in bounds and settles close. */
static void under_random_refusals_it_stays_in_bounds(void **state) {
    (void)state;
    struct effective f = {0};
    int64_t cap = 20, really = 7, now = 1000, refused = 0, calls = 0;
    for (int i = 0; i < STEPS; i++) {
        now += 50;
        int64_t most = effective_cap(&f, cap, now);
        assert_true(most >= 1 && most <= cap);
        for (int64_t n = 0; n < most; n++, calls++)
            if (n >= really) {
                effective_refused(&f, cap, now, now + 1);
                refused++;
            }
        (void)effective_grow(&f, cap, now + 2);
    }
    assert_true(effective_cap(&f, cap, now) >= really - 1);
    assert_true(refused * 100 < calls * 2);
}

/* ---- breaker --------------------------------------------------------------------------------- */

static void failures_in_a_row_open_it_and_one_probe_closes_it(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    struct flow_call down = call_of(1, BREAKER_NEWS_DOWN), alive = call_of(2, BREAKER_NEWS_ALIVE);
    assert_false(hear(&f, &down, 1000).outage);
    assert_false(hear(&f, &down, 1000).outage);
    (void)hear(&f, &alive, 1001);
    assert_false(hear(&f, &down, 1002).outage);
    assert_false(hear(&f, &down, 1002).outage);
    assert_true(hear(&f, &down, 1003).outage);
    assert_int_equal(flow_closed_until(&f), INT64_MAX);
    (void)hear(&f, &alive, 1004); /* it began before */
    assert_int_equal(f.breaker.state, BREAKER_OPEN);
    int64_t now = flow_looks_at(&f);
    assert_true(now >= 1003 + 500 && now <= 1003 + 1000);
    assert_false(flow_may_probe(&f, now - 1));
    assert_true(flow_may_probe(&f, now));
    breaker_probe(&f.breaker, 9, 1);
    assert_false(flow_may_probe(&f, now + 100000)); /* one at a time, however long it takes */
    struct flow_call probe = call_of(9, BREAKER_NEWS_DOWN);
    struct flow_effect effect = hear(&f, &probe, now);
    assert_true(effect.outage && effect.was_probe);
    assert_true(flow_looks_at(&f) >= now + 1000 && flow_looks_at(&f) <= now + 2000);
    breaker_probe(&f.breaker, 9, 1);
    probe.news = BREAKER_NEWS_ALIVE;
    assert_false(hear(&f, &probe, now).outage);
    assert_int_equal(flow_closed_until(&f), 0);
}

static void a_probe_that_taught_nothing_is_made_again(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    breaker_doubt(&f.breaker, 5000);
    assert_true(flow_may_probe(&f, 5000));
    breaker_probe(&f.breaker, 9, 2);
    struct flow_call lost = call_of(9, BREAKER_NEWS_NONE);
    (void)hear(&f, &lost, 6000); /* another attempt of that job */
    assert_int_equal(f.breaker.state, BREAKER_PROBING);
    lost.n = 2;
    (void)hear(&f, &lost, 6000);
    assert_true(flow_may_probe(&f, 6000 + BREAKER_AGAIN_MS));
}

/* Whatever happens: never two probes, and open never for longer than the longest wait. */
static void under_random_news_there_is_one_probe_at_most(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    int64_t now = 1000, probe = 0;
    for (int i = 0; i < STEPS; i++) {
        now += random_below(400);
        struct flow_call x = call_of(1 + random_below(5), (enum breaker_news)random_below(3));
        if (flow_may_probe(&f, now)) {
            assert_int_equal(probe, 0);
            breaker_probe(&f.breaker, probe = 100 + i, 1);
        }
        if (probe && random_below(3) == 0) {
            x.job_id = probe;
            probe = 0;
        }
        (void)hear(&f, &x, now);
        assert_int_equal(f.breaker.state == BREAKER_PROBING, probe != 0);
        if (f.breaker.state == BREAKER_OPEN)
            assert_true(f.breaker.until_boot_ms - now <= f.breaker_limits.max_ms);
    }
}

/* ---- pauses and stops ------------------------------------------------------------------------ */

static void the_longest_pause_wins_and_a_person_ends_it(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    struct flow_call x = call_of(1, BREAKER_NEWS_ALIVE);
    x.pause_ms = 5000;
    assert_true(hear(&f, &x, 1000).closes);
    x.pause_ms = 100;
    assert_false(hear(&f, &x, 1000).closes);
    assert_int_equal(flow_closed_until(&f), 6000);
    assert_int_equal(flow_looks_at(&f), 6000);
    assert_true(flow_resume(&f, 1001));
    assert_int_equal(flow_closed_until(&f), 0);
    assert_false(flow_resume(&f, 1001));
}

static void after_a_stop_one_call_is_tried_after_a_pause_none(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    struct flow_call x = call_of(1, BREAKER_NEWS_ALIVE);
    x.stop = true;
    assert_true(hear(&f, &x, 1000).closes);
    assert_int_equal(flow_looks_at(&f), INT64_MAX);
    assert_true(flow_resume(&f, 2000));
    assert_true(flow_may_probe(&f, 2000));
    breaker_probe(&f.breaker, 1, 1);
    assert_true(hear(&f, &x, 2001).closes); /* still no credit */
    assert_true(f.stopped && f.breaker.state == BREAKER_CLOSED);
    f = flow_new(8);
    flow_pause(&f, 0, 3000, 3000);
    assert_true(f.stopped && f.by_person);
    assert_true(flow_resume(&f, 4000));
    assert_int_equal(flow_closed_until(&f), 0);
}

static void assert_one_call_is_tried(struct flow *f, int64_t now_boot_ms) {
    assert_int_equal(flow_closed_until(f), INT64_MAX);
    assert_true(flow_may_probe(f, now_boot_ms));
}

static void a_stop_beside_a_persons_pause_ends_with_one_call(void **state) {
    (void)state;
    struct flow stopped = flow_new(8), paused = flow_new(8), f;
    struct flow_call x = call_of(1, BREAKER_NEWS_ALIVE);
    x.stop = true;
    (void)hear(&stopped, &x, 1000);
    flow_pause(&paused, 0, 900, 900);

    f = stopped; /* the person after the provider */
    flow_pause(&f, 0, 2000, 2000);
    assert_true(f.stopped && f.by_person);
    assert_false(flow_may_probe(&f, 2500));
    assert_true(flow_resume(&f, 3000));
    assert_one_call_is_tried(&f, 3000);

    f = stopped; /* … for a time */
    flow_pause(&f, 500, 2000, 2000);
    assert_false(flow_may_probe(&f, 2499));
    assert_one_call_is_tried(&f, 2500);

    f = paused; /* the provider after the person */
    struct flow_effect effect = hear(&f, &x, 1000);
    assert_true(effect.changed && !effect.closes);
    assert_true(f.stopped && f.by_person);
    assert_true(flow_resume(&f, 3000));
    assert_one_call_is_tried(&f, 3000);
}

static void a_persons_newest_pause_counts(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    flow_pause(&f, 0, 1000, 1000);
    assert_int_equal(flow_closed_until(&f), INT64_MAX);
    flow_pause(&f, 500, 2000, 2000);
    assert_int_equal(flow_closed_until(&f), 2500);
    flow_pause(&f, 0, 2100, 2100);
    assert_int_equal(flow_closed_until(&f), INT64_MAX);
}

/* ---- places in time -------------------------------------------------------------------------- */

/* Calls leave up to as late as their place allows; in any second no more arrive than rate and
 * burst allow. */
static void late_calls_keep_the_rate(void **state) {
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct flow f = flow_new(8);
        int64_t per_second = 5 + random_below(100), now = SECOND_US, sent[3000];
        f.requests =
            (struct rate){.interval_ns = 1000000000 / per_second, .burst = 1 + random_below(10)};
        int count = 0;
        while (count < 3000) {
            struct flow_place place = flow_place(&f, 10, now);
            flow_take(&f, &place, 10);
            assert_true(place.start_us >= now && place.latest_us > place.start_us);
            sent[count++] = place.start_us + random_below(place.latest_us - place.start_us);
            if (random_below(4) == 0)
                now = place.start_us - random_below(SECOND_US / 5);
            if (random_below(100) == 0)
                now += random_below(2 * SECOND_US); /* a rest */
            if (now < SECOND_US)
                now = SECOND_US;
        }
        for (int i = 0; i < count; i++) { /* late ones may overtake each other */
            int64_t in_second = 0;
            for (int k = i > 200 ? i - 200 : 0; k < count && k < i + 400; k++)
                in_second += sent[k] >= sent[i] && sent[k] < sent[i] + SECOND_US;
            assert_true(in_second <= per_second + f.requests.burst);
        }
    }
}

static void calls_keep_their_distance(void **state) {
    (void)state;
    struct flow f = flow_new(8);
    int64_t last = 0;
    f.min_interval_us = 50000;
    for (int i = 0; i < 100; i++) {
        struct flow_place place = flow_place(&f, 1, SECOND_US);
        flow_take(&f, &place, 1);
        if (i > 0)
            assert_true(place.start_us - last >= 50000);
        last = place.latest_us; /* even when this one is as late as it may be */
    }
}

static void a_ramp_gains_slots_by_the_minute(void **state) {
    (void)state;
    struct flow f = flow_new(10);
    f.ramp_per_min = 3;
    flow_begins(&f, 60000);
    assert_int_equal(flow_cap(&f, 60000), 1);
    assert_int_equal(flow_cap_grows_at(&f, 60000), 80000);
    assert_int_equal(flow_cap(&f, 79999), 1);
    assert_int_equal(flow_cap(&f, 80000), 2);
    assert_int_equal(flow_cap(&f, 60000 + 240000), 10);
    assert_int_equal(flow_cap_grows_at(&f, 300000), INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_began_together_leave_what_fits),
        cmocka_unit_test(it_grows_back_and_a_refused_growth_doubles_the_wait),
        cmocka_unit_test(the_providers_word_bounds_it_and_leaves_others_their_room),
        cmocka_unit_test(under_random_refusals_it_stays_in_bounds),
        cmocka_unit_test(failures_in_a_row_open_it_and_one_probe_closes_it),
        cmocka_unit_test(a_probe_that_taught_nothing_is_made_again),
        cmocka_unit_test(under_random_news_there_is_one_probe_at_most),
        cmocka_unit_test(the_longest_pause_wins_and_a_person_ends_it),
        cmocka_unit_test(after_a_stop_one_call_is_tried_after_a_pause_none),
        cmocka_unit_test(a_stop_beside_a_persons_pause_ends_with_one_call),
        cmocka_unit_test(a_persons_newest_pause_counts),
        cmocka_unit_test(late_calls_keep_the_rate),
        cmocka_unit_test(calls_keep_their_distance),
        cmocka_unit_test(a_ramp_gains_slots_by_the_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
