/*
 * test_queue_eta: forecasts against a simulation that makes every call: steady latency, latency by
 * characters, weights, priorities, rates.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "queue/eta.h"
#include "queue/fair.h"

#define BATCHES_MAX 8
#define SLOTS_MAX 64
#define WITHIN 0.10

struct made {                                                /* a batch of the simulation */
    int64_t priority, weight, jobs, chars_least, chars_most; /* of a text: least + n % range */
    int64_t left, running, vtime, done_ms, left_chars;
};

struct sim {
    struct made batch[BATCHES_MAX];
    size_t batches;
    int64_t slots, base_ms, us_per_char, interval_us, fail_each;
    int64_t now_us, next_us, calls;
    struct {
        int64_t until_us, began_us, chars;
        int batch; /* -1 = free */
    } slot[SLOTS_MAX];
    struct eta_service seen;
};

static int64_t chars_of(const struct made *b, int64_t n) {
    return b->chars_least + (n * 7919) % (b->chars_most - b->chars_least + 1);
}

static int pick(const struct sim *s) {
    struct fair_batch list[BATCHES_MAX];
    for (size_t i = 0; i < s->batches; i++)
        list[i] = (struct fair_batch){.batch_id = (int64_t)i,
                                      .priority = s->batch[i].priority,
                                      .weight = s->batch[i].weight,
                                      .vtime = s->batch[i].vtime,
                                      .ready = s->batch[i].left};
    return fair_pick(list, s->batches);
}

static void start_one(struct sim *s, size_t slot, int batch) {
    struct made *b = &s->batch[batch];
    int64_t chars = chars_of(b, b->jobs - b->left);
    if (s->next_us < s->now_us)
        s->next_us = s->now_us;
    s->slot[slot].began_us = s->next_us;
    s->next_us += s->interval_us;
    s->slot[slot].until_us = s->slot[slot].began_us + s->base_ms * 1000 + s->us_per_char * chars;
    s->slot[slot].chars = chars;
    s->slot[slot].batch = batch;
    b->left--;
    b->running++;
    b->left_chars -= chars;
    b->vtime = fair_advance(b->vtime, b->weight, chars);
}

static void end_one(struct sim *s, size_t slot) {
    struct made *b = &s->batch[s->slot[slot].batch];
    bool answered = s->fail_each == 0 || ++s->calls % s->fail_each != 0;
    s->now_us = s->slot[slot].until_us;
    eta_saw(&s->seen, s->slot[slot].chars, (s->now_us - s->slot[slot].began_us) / 1000, answered);
    s->slot[slot].batch = -1;
    b->running--;
    if (!answered) {
        b->left++;
        b->left_chars += s->slot[slot].chars;
    }
    if (b->left + b->running == 0)
        b->done_ms = s->now_us / 1000;
}

/* Runs until `done` jobs of batch 0 are done; false when nothing moves any more. */
static bool run_until(struct sim *s, int64_t done) {
    while (s->batch[0].jobs - s->batch[0].left - s->batch[0].running < done) {
        for (size_t i = 0; i < (size_t)s->slots; i++) {
            int batch = s->slot[i].batch < 0 ? pick(s) : -1;
            if (batch >= 0)
                start_one(s, i, batch);
        }
        size_t next = SLOTS_MAX;
        for (size_t i = 0; i < (size_t)s->slots; i++)
            if (s->slot[i].batch >= 0 &&
                (next == SLOTS_MAX || s->slot[i].until_us < s->slot[next].until_us))
                next = i;
        if (next == SLOTS_MAX)
            return false;
        end_one(s, next);
    }
    return true;
}

static int64_t forecast(const struct sim *s) {
    struct eta_batch list[BATCHES_MAX];
    for (size_t i = 0; i < s->batches; i++) {
        const struct made *b = &s->batch[i];
        list[i] =
            (struct eta_batch){.priority = b->priority,
                               .weight = b->weight,
                               .jobs = b->left + b->running,
                               .job_chars = b->left > 0 ? (double)b->left_chars / (double)b->left
                                                        : (double)b->chars_least};
    }
    struct eta_account account = {
        .seen = s->seen, .slots = s->slots, .request_interval_us = s->interval_us};
    eta_forecast(&account, list, s->batches);
    return list[0].done_ms;
}

/* At 20, 50 and 80 % of batch 0: what is said against what comes. */
static void check(struct sim *s) {
    static const int64_t percent[] = {20, 50, 80};
    int64_t said_ms[3], at_ms[3];
    for (size_t i = 0; i < s->batches; i++) {
        struct made *b = &s->batch[i];
        b->left = b->jobs;
        for (int64_t n = 0; n < b->jobs; n++)
            b->left_chars += chars_of(b, n);
    }
    for (size_t i = 0; i < SLOTS_MAX; i++)
        s->slot[i].batch = -1;
    for (size_t i = 0; i < 3; i++) {
        assert_true(run_until(s, s->batch[0].jobs * percent[i] / 100));
        said_ms[i] = forecast(s);
        at_ms[i] = s->now_us / 1000;
        assert_true(said_ms[i] > 0);
    }
    assert_true(run_until(s, s->batch[0].jobs));
    for (size_t i = 0; i < 3; i++) {
        double left = (double)(s->batch[0].done_ms - at_ms[i]), error = (double)said_ms[i] / left;
        if (error < 1 - WITHIN || error > 1 + WITHIN)
            fail_msg("at %d %%: said %lld ms, it took %.0f", (int)percent[i], (long long)said_ms[i],
                     left);
    }
}

static void steady_latency(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 2000, .chars_least = 80, .chars_most = 80}},
                    .batches = 1,
                    .slots = 20,
                    .base_ms = 900};
    check(&s);
}

static void latency_by_characters(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 2000, .chars_least = 20, .chars_most = 900}},
                    .batches = 1,
                    .slots = 10,
                    .base_ms = 200,
                    .us_per_char = 5000};
    check(&s);
}

static void calls_that_fail_and_are_made_again(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 2000, .chars_least = 50, .chars_most = 60}},
                    .batches = 1,
                    .slots = 10,
                    .base_ms = 500,
                    .fail_each = 4};
    check(&s);
}

static void weights(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 1000, .chars_least = 100, .chars_most = 100},
                              {.weight = 3, .jobs = 1500, .chars_least = 100, .chars_most = 100},
                              {.weight = 1, .jobs = 300, .chars_least = 400, .chars_most = 400}},
                    .batches = 3,
                    .slots = 20,
                    .base_ms = 300,
                    .us_per_char = 4000};
    check(&s);
}

static void a_higher_priority_goes_first(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 1500, .chars_least = 90, .chars_most = 110},
                              {.weight = 1, .jobs = 800, .chars_least = 90, .chars_most = 110}},
                    .batches = 2,
                    .slots = 16,
                    .base_ms = 400};
    s.batch[0].priority = 5;
    check(&s);
    struct sim below = {
        .batch = {{.weight = 1, .jobs = 1500, .chars_least = 90, .chars_most = 110},
                  {.priority = 5, .weight = 1, .jobs = 800, .chars_least = 90, .chars_most = 110}},
        .batches = 2,
        .slots = 16,
        .base_ms = 400};
    check(&below);
}

static void a_rate_is_the_limit(void **state) {
    (void)state;
    struct sim s = {.batch = {{.weight = 1, .jobs = 1000, .chars_least = 50, .chars_most = 70}},
                    .batches = 1,
                    .slots = 40,
                    .base_ms = 300,
                    .interval_us = 100000};
    check(&s);
}

static void what_is_not_known_is_not_said(void **state) {
    (void)state;
    struct eta_batch b = {.weight = 1, .jobs = 10, .job_chars = 50};
    struct eta_account a = {.slots = 4};
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.done_ms, ETA_UNKNOWN);
    for (int i = 0; i < 5; i++)
        eta_saw(&a.seen, 50, 1000, true);
    a.closed_ms = ETA_UNKNOWN; /* stopped */
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.done_ms, ETA_UNKNOWN);
    a.closed_ms = 60000; /* a pause is waited for */
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.start_ms, 60000);
    assert_int_equal(b.done_ms, 62500);
    b.jobs = 0;
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.done_ms, 0);
    b.jobs = INT64_MAX / 2; /* later than anybody lives */
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.done_ms, ETA_UNKNOWN);
    eta_saw(&a.seen, INT64_MAX, INT64_MAX, true);
    eta_forecast(&a, &b, 1);
}

static void a_new_pace_is_learnt(void **state) {
    (void)state;
    struct eta_service x = {0};
    for (int i = 0; i < 1000; i++)
        eta_saw(&x, 50, 1000, true);
    for (int i = 0; i < 500; i++)
        eta_saw(&x, 50, 200, true);
    assert_true(eta_call_ms(&x, 50) < 210);
    for (int i = 0; i < 10000; i++) /* an outage */
        eta_saw(&x, 50, 60000, false);
    assert_true(eta_call_ms(&x, 50) <= 210 * ETA_UPON_MAX);
}

/* Four slots, a second a call, a cent a job: four jobs and four cents a second. */
#define CENT 10000
static struct eta_account account_of_four(void) {
    struct eta_account a = {.slots = 4};
    for (int i = 0; i < 5; i++)
        eta_saw(&a.seen, 50, 1000, true);
    return a;
}

static void a_batch_stops_at_its_budget(void **state) {
    (void)state;
    struct eta_account a = account_of_four();
    struct eta_batch two[] = {{.weight = 1,
                               .jobs = 100,
                               .job_chars = 50,
                               .job_micros = CENT,
                               .budget = {true, 20 * CENT}},
                              {.weight = 1, .jobs = 100, .job_chars = 50, .job_micros = CENT}};
    eta_forecast(&a, two, 2);
    assert_int_equal(eta_paid_jobs(&two[0]), 20);
    assert_int_equal(two[0].stop_ms, 10000);
    assert_int_equal(two[0].done_ms, ETA_UNKNOWN);
    assert_int_equal(two[1].done_ms, 30000); /* what the other leaves it takes over */
    assert_int_equal(two[1].stop_ms, ETA_UNKNOWN);
    assert_int_equal(a.dry_ms, ETA_UNKNOWN);
    two[0].budget.left_micros = 100 * CENT; /* to the cent */
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].done_ms, 50000);
    assert_int_equal(two[0].stop_ms, ETA_UNKNOWN);
    two[0].budget.left_micros = -1;
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].stop_ms, 0);
    two[0].job_micros = 0; /* what costs nothing needs none */
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].done_ms, 50000);
}

static void a_day_has_its_budget(void **state) {
    (void)state;
    struct eta_account a = account_of_four();
    struct eta_batch b = {.weight = 1, .jobs = 100, .job_chars = 50, .job_micros = CENT};
    a.today = (struct eta_budget){true, 20 * CENT};
    a.day_micros = 40 * CENT;
    a.day_left_ms = 3600000;
    eta_forecast(&a, &b, 1);
    assert_int_equal(a.dry_ms, 5000);
    assert_int_equal(b.start_ms, 0); /* 20 today, 40 tomorrow, 40 on the day after */
    assert_int_equal(b.done_ms, 3600000 + ETA_DAY_MS + 10000);
    a.day_left_ms = 3000; /* midnight comes first, and 40 more with it */
    eta_forecast(&a, &b, 1);
    assert_int_equal(a.dry_ms, 13000);
    assert_int_equal(b.done_ms, 3000 + 2 * ETA_DAY_MS + 2000);
    b.jobs = 40;
    eta_forecast(&a, &b, 1);
    assert_int_equal(a.dry_ms, ETA_UNKNOWN);
    assert_int_equal(b.done_ms, 10000);
    a.today.left_micros = 0; /* used up already */
    eta_forecast(&a, &b, 1);
    assert_int_equal(a.dry_ms, 0);
    assert_int_equal(b.start_ms, 3000);
    assert_int_equal(b.done_ms, 13000);
    a.closed_ms = 3 * ETA_DAY_MS; /* a pause over the days */
    eta_forecast(&a, &b, 1);
    assert_true(b.done_ms >= a.closed_ms + 10000);
    a.day_micros = 0; /* never */
    eta_forecast(&a, &b, 1);
    assert_int_equal(b.done_ms, ETA_UNKNOWN);
}

static void a_batch_takes_no_part_before_its_time(void **state) {
    (void)state;
    struct eta_account a = account_of_four();
    struct eta_batch two[] = {
        {.weight = 1, .jobs = 100, .job_chars = 50},
        {.weight = 1, .jobs = 100, .job_chars = 50, .wait_ms = 10000},
    };
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].done_ms, 40000); /* 40 alone, 60 shared */
    assert_int_equal(two[1].start_ms, 10000);
    assert_int_equal(two[1].done_ms, 50000);
    two[1].priority = 1; /* the other waits for it then, but not before */
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].start_ms, 0);
    assert_int_equal(two[0].done_ms, 50000);
    assert_int_equal(two[1].done_ms, 35000);
    two[1].wait_ms = 90000; /* when the other is done, and nothing flows between them */
    eta_forecast(&a, two, 2);
    assert_int_equal(two[0].done_ms, 25000);
    assert_int_equal(two[1].start_ms, 90000);
    assert_int_equal(two[1].done_ms, 115000);
    two[0].job_micros = two[1].job_micros = CENT;
    a.today = (struct eta_budget){true, 100 * CENT};
    a.day_micros = 50 * CENT;
    a.day_left_ms = 60000; /* it starts on the next day, which has a budget of its own */
    eta_forecast(&a, two, 2);
    assert_int_equal(a.dry_ms, 102500);
    assert_int_equal(two[1].start_ms, 90000);
    assert_int_equal(two[1].done_ms, 60000 + ETA_DAY_MS + 12500);
}

/* Each at a time of its own, which no arithmetic of binary fractions hits exactly. */
static void many_waits_come_to_an_end(void **state) {
    (void)state;
    struct eta_account a = account_of_four();
    struct eta_batch many[100];
    for (int64_t i = 0; i < 100; i++)
        many[i] = (struct eta_batch){.priority = i % 3,
                                     .weight = 1 + i % 7,
                                     .jobs = 10 + i,
                                     .job_chars = 49.9 + (double)(i % 11) / 3,
                                     .wait_ms = i * 997};
    eta_forecast(&a, many, 100);
    int64_t last_ms = 0;
    for (int64_t i = 0; i < 100; i++) {
        assert_true(many[i].start_ms >= many[i].wait_ms);
        assert_true(many[i].done_ms > many[i].start_ms);
        last_ms = many[i].done_ms > last_ms ? many[i].done_ms : last_ms;
    }
    assert_in_range(last_ms, 5950 * 250,
                    5950 * 250 + 1000); /* never idle: so many jobs, four a second */
}

/* Means of what costs whole micro-units are no whole numbers. */
static void a_budget_for_exactly_all_of_it_lasts(void **state) {
    (void)state;
    for (int64_t jobs = 1; jobs < 300; jobs++)
        for (int64_t chars = jobs; chars < 6 * jobs; chars += 7) {
            struct eta_account a = account_of_four();
            struct eta_batch b = {.weight = 1, .jobs = jobs};
            b.job_chars = (double)chars / (double)jobs;
            b.job_micros = 15 * b.job_chars;
            b.budget = (struct eta_budget){true, 15 * chars};
            a.today = b.budget;
            a.day_left_ms = ETA_DAY_MS;
            eta_forecast(&a, &b, 1);
            assert_int_equal(b.stop_ms, ETA_UNKNOWN);
            assert_int_equal(a.dry_ms, ETA_UNKNOWN);
            assert_in_range(b.done_ms, 1, ETA_DAY_MS - 1);
            b.budget.left_micros -= 1;
            assert_int_equal(eta_paid_jobs(&b), jobs - 1);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_latency),
        cmocka_unit_test(latency_by_characters),
        cmocka_unit_test(calls_that_fail_and_are_made_again),
        cmocka_unit_test(weights),
        cmocka_unit_test(a_higher_priority_goes_first),
        cmocka_unit_test(a_rate_is_the_limit),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(a_new_pace_is_learnt),
        cmocka_unit_test(a_batch_stops_at_its_budget),
        cmocka_unit_test(a_day_has_its_budget),
        cmocka_unit_test(a_batch_takes_no_part_before_its_time),
        cmocka_unit_test(many_waits_come_to_an_end),
        cmocka_unit_test(a_budget_for_exactly_all_of_it_lasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
