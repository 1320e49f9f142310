/*
 * test_call_account: slots, staging and handover under random events, against books kept apart.
 *
 * Several workers share one account through a small store that follows the rules of store_turn: a
 * slot has one lease row. The books know which calls are on the wire; the account under test never
 * sees them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "tests/lib/random_below.h"
#include "workers/call/account.c"

#define WORKERS 3
#define CALLS_MAX 12
#define SLOTS 24
#define LONGEST_MS 5000
#define HELD WORKERS /* owner of an abandoned slot */
#define STEPS 60000

struct job {
    struct account_staged staged; /* first member */
    struct job *next_free;
};

struct books {
    int64_t now_ms;
    int64_t cap, share, gate_boot_ms;
    int owner[SLOTS];   /* worker of the lease, -1 = free */
    int on_wire[SLOTS]; /* calls that run under the slot */
    int64_t lease_until[WORKERS];
    int64_t told_cap[WORKERS], told_share[WORKERS], told_gate[WORKERS];
    struct account account[WORKERS];
    bool in_turn[WORKERS];
    struct store_want want[WORKERS];
    int64_t backlog;
    int64_t started, handed_over;
    bool draining[WORKERS];
    struct job *unused;
};

static struct job *job_new(struct books *b) {
    struct job *job = b->unused;
    if (job)
        b->unused = job->next_free;
    else
        job = ensure_alloc(sizeof *job);
    job->staged.longest_ms = LONGEST_MS;
    job->staged.latest_boot_ms = INT64_MAX;
    return job;
}

static void job_drop(struct books *b, struct account_staged *staged) {
    struct job *job = (struct job *)staged;
    job->next_free = b->unused;
    b->unused = job;
}

/* A call begins: everything that must hold, from the books. */
static void wire_begin(struct books *b, int w, int32_t slot_no, struct account_staged *job) {
    assert_non_null(job);
    assert_true(slot_no >= 0 && slot_no < SLOTS);
    assert_int_equal(b->owner[slot_no], w);
    assert_int_equal(b->on_wire[slot_no], 0);
    assert_true(slot_no < b->told_cap[w]);
    assert_true(b->now_ms >= b->told_gate[w]);
    assert_true(b->now_ms + LONGEST_MS + ACCOUNT_LEASE_MARGIN_MS <= b->lease_until[w]);
    assert_true(account_held(&b->account[w]) <= b->told_share[w]);
    b->on_wire[slot_no] = 1;
    b->started++;
    job_drop(b, job);
}

static void begin_all(struct books *b, int w) {
    struct account_staged *job;
    int32_t slot_no;
    while ((job = account_begin(&b->account[w], !b->draining[w], b->now_ms, &slot_no)))
        wire_begin(b, w, slot_no, job);
}

static void end_one(struct books *b, int w) {
    int from = (int)random_below(SLOTS);
    for (int i = 0; i < SLOTS; i++) {
        int slot = (from + i) % SLOTS;
        if (b->owner[slot] != w || !b->on_wire[slot])
            continue;
        b->on_wire[slot] = 0;
        if (random_below(20) == 0) { /* given up: the store holds the slot, it is not ours */
            account_abandon(&b->account[w], slot);
            b->owner[slot] = HELD;
            return;
        }
        struct account_staged *next =
            account_over(&b->account[w], slot, !b->draining[w], b->now_ms);
        if (next) {
            wire_begin(b, w, slot, next);
            b->handed_over++;
        }
        return;
    }
}

static void turn_begin(struct books *b, int w) {
    if (b->in_turn[w])
        return;
    b->in_turn[w] = true;
    account_lend(&b->account[w], &b->want[w], b->draining[w]);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The store's part of a turn, in the plainest way. */
static void store_serve(struct books *b, int w) {
    struct store_want *want = &b->want[w];
    int64_t share = least(b->share, want->calls_max);
    want->slot_count = want->claim_count = 0;
    if (want->lease_until_boot_ms - b->now_ms < want->lease_ms)
        want->lease_until_boot_ms = b->now_ms + want->lease_ms;
    int64_t room = want->drain ? 0 : share - want->busy;
    for (size_t i = 0; i < want->idle_count; i++) {
        int32_t slot = want->idle[i];
        assert_int_equal(b->owner[slot], w);
        assert_int_equal(b->on_wire[slot], 0); /* lent slots carry no call */
        if (slot < b->cap && (int64_t)want->slot_count < room)
            want->slots[want->slot_count++] = slot;
        else
            b->owner[slot] = -1;
    }
    for (int32_t slot = 0; slot < b->cap && (int64_t)want->slot_count < room; slot++)
        if (b->owner[slot] < 0) {
            b->owner[slot] = w;
            want->slots[want->slot_count++] = slot;
        }
    int64_t jobs = (int64_t)want->slot_count + want->ahead_max - want->staged;
    jobs = least(least(jobs, b->backlog), (int64_t)want->claims_max);
    want->claim_count = jobs > 0 ? (size_t)jobs : 0;
    b->backlog -= (int64_t)want->claim_count;
    want->cap = b->cap;
    want->share = share;
    want->gate_boot_ms = b->gate_boot_ms;
}

static void turn_end(struct books *b, int w) {
    struct store_want *want = &b->want[w];
    if (!b->in_turn[w])
        return;
    b->in_turn[w] = false;
    store_serve(b, w);
    b->lease_until[w] = want->lease_until_boot_ms;
    b->told_cap[w] = want->cap;
    b->told_share[w] = want->share;
    b->told_gate[w] = want->gate_boot_ms;
    account_return(&b->account[w], want, b->now_ms);
    for (size_t i = 0; i < want->claim_count; i++)
        account_stage(&b->account[w], &job_new(b)->staged, b->now_ms);
    account_turn_took(&b->account[w], (double)random_below(5));
    account_call_took(&b->account[w], (double)(1 + random_below(60)));
    begin_all(b, w);
}

static void give_back_old(struct books *b, int w) {
    struct account_staged *job;
    while ((job = account_unstage(&b->account[w], b->now_ms, 1 + random_below(400)))) {
        assert_true(job->since_boot_ms < b->now_ms);
        job_drop(b, job);
        b->backlog++;
    }
}

static void change_rules(struct books *b) {
    b->cap = 1 + random_below(SLOTS);
    b->share = (b->cap + WORKERS - 1) / WORKERS;
    b->gate_boot_ms = random_below(4) ? 0 : b->now_ms + random_below(300);
    for (int slot = 0; slot < SLOTS; slot++)
        if (b->owner[slot] == HELD)
            b->owner[slot] = -1; /* its time is over */
}

static void change_limit(struct books *b, int w) {
    b->account[w].limit = (int32_t)(1 + random_below(CALLS_MAX));
}

static void step(struct books *b) {
    int w = (int)random_below(WORKERS);
    switch (random_below(16)) {
    case 0:
        change_rules(b);
        break;
    case 1:
        give_back_old(b, w);
        break;
    case 2:
        b->now_ms += random_below(200);
        begin_all(b, w);
        break;
    case 3:
        change_limit(b, w);
        break;
    case 4:
    case 5:
    case 6:
        turn_begin(b, w);
        break;
    case 7:
    case 8:
    case 9:
        turn_end(b, w);
        break;
    default:
        end_one(b, w);
        break;
    }
    b->now_ms += random_below(3);
}

/* The account's own counts are those of the books. */
static void compare(const struct books *b) {
    for (int w = 0; w < WORKERS; w++) {
        int owned = 0, running = 0;
        for (int slot = 0; slot < SLOTS; slot++)
            if (b->owner[slot] == w) {
                owned++;
                running += b->on_wire[slot];
            }
        assert_int_equal(account_held(&b->account[w]), owned);
        assert_int_equal(b->account[w].busy, running);
    }
}

static void drain_all(struct books *b) {
    struct account_staged *job;
    for (int w = 0; w < WORKERS; w++) {
        b->draining[w] = true;
        turn_end(b, w);
        while ((job = account_unstage(&b->account[w], b->now_ms, 0)))
            job_drop(b, job);
        while (b->account[w].busy > 0)
            end_one(b, w);
        turn_begin(b, w);
        turn_end(b, w);
        assert_int_equal(account_held(&b->account[w]), 0);
        assert_int_equal(b->account[w].staged, 0);
        account_release(&b->account[w]);
    }
    while ((b->unused)) {
        struct job *next = b->unused->next_free;
        free(b->unused);
        b->unused = next;
    }
}

static void a_slot_carries_one_call_whatever_happens(void **state) {
    (void)state;
    static struct books b;
    b = (struct books){.now_ms = 1000, .backlog = INT64_C(1) << 40};
    for (int slot = 0; slot < SLOTS; slot++)
        b.owner[slot] = -1;
    for (int w = 0; w < WORKERS; w++) {
        account_init(&b.account[w], "test", CALLS_MAX);
        b.account[w].id = 7;
        b.account[w].longest_ms = LONGEST_MS;
    }
    change_rules(&b);
    for (int i = 0; i < STEPS; i++) {
        step(&b);
        compare(&b);
    }
    assert_true(b.started > STEPS / 100); /* the events did something */
    assert_true(b.handed_over > STEPS / 1000);
    drain_all(&b);
}

/* ---- single rules ---------------------------------------------------------------------------- */

struct one { /* an account with two slots and two staged jobs */
    struct account a;
    struct account_staged jobs[2];
};

static void one_open(struct one *o, int64_t lease_until_boot_ms) {
    struct store_want want;
    account_init(&o->a, "test", 4);
    o->a.id = 1;
    o->a.longest_ms = 1000;
    account_lend(&o->a, &want, false);
    want.slots[0] = 3;
    want.slots[1] = 5;
    want.slot_count = 2;
    want.cap = 6;
    want.share = 2;
    want.lease_until_boot_ms = lease_until_boot_ms;
    account_return(&o->a, &want, 100);
    for (int i = 0; i < 2; i++) {
        o->jobs[i] = (struct account_staged){.longest_ms = 1000, .latest_boot_ms = INT64_MAX};
        account_stage(&o->a, &o->jobs[i], 100);
    }
}

static void one_close(struct one *o) {
    for (int slot = 0; slot < 8; slot++)
        if (o->a.slot[slot] == ACCOUNT_SLOT_BUSY)
            (void)account_over(&o->a, slot, false, 100);
    while (account_unstage(&o->a, 100, 0))
        ;
    account_release(&o->a);
}

static void a_lease_must_outlive_the_call_and_its_margin(void **state) {
    (void)state;
    static struct one o;
    int32_t slot_no;
    one_open(&o, 100 + 1000 + ACCOUNT_LEASE_MARGIN_MS);
    assert_null(account_begin(&o.a, true, 101, &slot_no));
    assert_ptr_equal(account_begin(&o.a, true, 100, &slot_no), &o.jobs[0]);
    assert_false(account_may_send(&o.a, false, 1101, 100));
    assert_true(account_may_send(&o.a, false, 1100, 100));
    assert_false(account_may_send(&o.a, false, 1100, 1101)); /* frozen past its own end */
    one_close(&o);
}

static void a_closed_gate_a_low_cap_and_a_small_share_start_nothing(void **state) {
    (void)state;
    static struct one o;
    int32_t slot_no;
    one_open(&o, 1000000);
    o.a.gate_boot_ms = 200;
    assert_null(account_begin(&o.a, true, 199, &slot_no));
    o.a.gate_boot_ms = 0;
    o.a.share = 1;
    assert_null(account_begin(&o.a, true, 199, &slot_no));
    o.a.share = 2;
    o.a.cap = 4;
    assert_ptr_equal(account_begin(&o.a, true, 199, &slot_no), &o.jobs[0]);
    assert_int_equal(slot_no, 3);
    assert_null(account_begin(&o.a, true, 199, &slot_no));
    assert_null(account_over(&o.a, 3, false, 199)); /* not allowed: the slot is idle */
    assert_int_equal(o.a.idle_count, 2);
    assert_ptr_equal(account_begin(&o.a, true, 199, &slot_no), &o.jobs[1]);
    one_close(&o);
}

static void jobs_start_in_the_order_in_which_they_were_claimed(void **state) {
    (void)state;
    static struct one o;
    int32_t slot_no;
    one_open(&o, 1000000);
    assert_ptr_equal(account_begin(&o.a, true, 100, &slot_no), &o.jobs[0]);
    assert_ptr_equal(account_over(&o.a, slot_no, true, 100), &o.jobs[1]);
    assert_null(account_over(&o.a, slot_no, true, 100));
    assert_true(account_is_starving(&o.a));
    one_close(&o);
}

static void long_calls_are_not_claimed_ahead(void **state) {
    (void)state;
    static struct one o;
    one_open(&o, 1000000);
    assert_int_equal(account_ahead_max(&o.a), 0); /* nothing measured */
    account_call_took(&o.a, ACCOUNT_LONG_CALL_MS);
    assert_int_equal(account_ahead_max(&o.a), 0);
    o.a.call_ms = 50;
    assert_int_equal(account_ahead_max(&o.a), 2); /* short calls: one for every slot */
    o.a.call_ms = 999;
    assert_int_equal(account_ahead_max(&o.a), 1);
    o.a.call_ms = 2;
    o.a.turn_ms = 1;
    assert_int_equal(account_ahead_max(&o.a), 4); /* bounded by calls_max */
    one_close(&o);
}

static void nothing_is_claimed_ahead_while_no_call_ends(void **state) {
    (void)state;
    static struct one o;
    one_open(&o, 1000000);
    o.a.call_ms = 50;
    int64_t age_ms = account_staged_max_ms(&o.a);
    assert_null(account_unstage(&o.a, 100 + age_ms, age_ms));
    assert_int_equal(account_ahead_max(&o.a), 2);
    assert_ptr_equal(account_unstage(&o.a, 101 + age_ms, age_ms), &o.jobs[0]);
    assert_int_equal(account_ahead_max(&o.a), 0);
    o.a.turn_ms = 1;
    account_call_took(&o.a, 50);
    assert_true(account_ahead_max(&o.a) > 0);
    one_close(&o);
}

static void a_place_in_time_is_kept_and_a_missed_one_given_back(void **state) {
    (void)state;
    static struct one o;
    int32_t slot_no;
    one_open(&o, 1000000);
    o.jobs[0].start_boot_ms = 200;
    o.jobs[0].latest_boot_ms = 210;
    assert_int_equal(account_begins_at(&o.a), 200);
    assert_null(account_begin(&o.a, true, 199, &slot_no));
    assert_null(account_begin(&o.a, true, 211, &slot_no));
    assert_null(account_unstage_late(&o.a, 210));
    assert_ptr_equal(account_unstage_late(&o.a, 211), &o.jobs[0]);
    o.a.hint_boot_ms = 300; /* another worker was told to wait */
    assert_int_equal(account_begins_at(&o.a), 300);
    assert_null(account_begin(&o.a, true, 299, &slot_no));
    assert_ptr_equal(account_begin(&o.a, true, 300, &slot_no), &o.jobs[1]);
    assert_false(account_may_send(&o.a, false, 1000, 299));
    one_close(&o);
}

static void only_a_probe_begins_behind_a_closed_gate(void **state) {
    (void)state;
    static struct one o;
    static struct account_staged probe;
    int32_t slot_no;
    one_open(&o, 1000000);
    o.a.gate_boot_ms = INT64_MAX;
    assert_null(account_begin(&o.a, true, 100, &slot_no));
    probe = (struct account_staged){.longest_ms = 1000, .latest_boot_ms = INT64_MAX, .probe = true};
    account_stage(&o.a, &probe, 100);
    assert_ptr_equal(account_begin(&o.a, true, 100, &slot_no), &probe);
    assert_null(account_begin(&o.a, true, 100, &slot_no));
    assert_false(account_may_send(&o.a, false, 1100, 100));
    assert_true(account_may_send(&o.a, true, 1100, 100));
    account_pause(&o.a);
    assert_false(account_may_send(&o.a, true, 1100, 100)); /* a pause is for everybody */
    account_pause_told(&o.a);
    one_close(&o);
}

static void one_call_too_many_is_one_less_until_the_store_knows(void **state) {
    (void)state;
    static struct one o;
    int32_t slot_no;
    one_open(&o, 1000000);
    account_shrink(&o.a);
    assert_ptr_equal(account_begin(&o.a, true, 100, &slot_no), &o.jobs[0]);
    assert_null(account_begin(&o.a, true, 100, &slot_no));
    assert_ptr_equal(account_over(&o.a, slot_no, true, 100), &o.jobs[1]); /* the same slot again */
    account_shrink_told(&o.a);
    one_close(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_carries_one_call_whatever_happens),
        cmocka_unit_test(a_lease_must_outlive_the_call_and_its_margin),
        cmocka_unit_test(a_place_in_time_is_kept_and_a_missed_one_given_back),
        cmocka_unit_test(only_a_probe_begins_behind_a_closed_gate),
        cmocka_unit_test(one_call_too_many_is_one_less_until_the_store_knows),
        cmocka_unit_test(a_closed_gate_a_low_cap_and_a_small_share_start_nothing),
        cmocka_unit_test(jobs_start_in_the_order_in_which_they_were_claimed),
        cmocka_unit_test(long_calls_are_not_claimed_ahead),
        cmocka_unit_test(nothing_is_claimed_ahead_while_no_call_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
