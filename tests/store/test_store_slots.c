/*
 * test_store_slots: a worker's part of the account's slots, now and when cap or workers change, and
 * the leases that they rest on.
 */
#include "tests/lib/store_call.h"

#include "store/sqlite/db.h"

static void assert_slots(const struct rig_worker *w, size_t count, int64_t below) {
    assert_int_equal(w->want.slot_count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(w->slots[i] >= 0 && w->slots[i] < below);
}

static void workers_share_the_cap(void **state) {
    (void)state;
    struct rig *rig = rig_new(5);
    struct rig_worker a, b;
    rig_batch(rig->s, "b", 50, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&a, rig->s, WORKER, rig->account, 32);
    rig_worker_init(&b, rig->s, OTHER, rig->account, 32);
    rig_turn(&a, NULL, 0);
    assert_int_equal(a.want.share, 5);
    assert_slots(&a, 5, 5);
    rig_worker(rig->s, OTHER, "call");
    rig_worker(rig->s, 103, "keeper"); /* does not count */
    rig_turn(&b, NULL, 0);
    assert_int_equal(b.want.share, 3);
    assert_slots(&b, 0, 5);
    rig_free_claims(&a);
    all_idle(&a);
    a.want.staged = 5;
    rig_turn(&a, NULL, 0); /* above its share: gives two back */
    assert_slots(&a, 3, 5);
    rig_turn(&b, NULL, 0);
    assert_slots(&b, 2, 5);
    rig_free_claims(&b);
    OK(store_worker_state(rig->s, OTHER, "draining", e));
    rig_free_claims(&a);
    all_idle(&a);
    rig_turn(&a, NULL, 0);
    assert_int_equal(a.want.share, 5);
    rig_free_claims(&a);
    rig_verify(rig);
    rig_free(rig);
}

static void idle_slots_go_back_when_nothing_is_to_do(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 8);
    struct store_result result = rig_row_result();
    struct store_settle x[2];
    for (int i = 0; i < 2; i++) {
        x[i] = settle_of(&c->w.claims[i], ATTEMPT_ANSWERED, JOB_DONE);
        x[i].result = &result;
    }
    all_idle(&c->w);
    rig_turn(&c->w, x, 2);
    assert_int_equal(c->w.want.slot_count, 0);
    OK(store_worker_remove(c->rig->s, WORKER, e));
    struct rig_worker other;
    rig_batch(c->rig->s, "more", 20, 1, 1);
    rig_worker(c->rig->s, OTHER, "call");
    rig_worker_init(&other, c->rig->s, OTHER, c->rig->account, 32);
    rig_turn(&other, NULL, 0);
    assert_slots(&other, 10, 10);
    rig_free_claims(&other);
    call_free(c);
}

static void jobs_ahead_are_limited(void **state) {
    (void)state;
    struct rig *rig = rig_new(2);
    struct rig_worker w;
    rig_batch(rig->s, "b", 50, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    w.want.ahead_max = 3;
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.slot_count, 2);
    assert_int_equal(w.want.claim_count, 5);
    rig_free_claims(&w);
    w.want.busy = 2;
    w.want.staged = 3;
    assert_int_equal(rig_claims_of(&w), 0);
    w.want.staged = 1;
    assert_int_equal(rig_claims_of(&w), 2);
    w.want.staged = 3;
    w.want.claims_max = 0;
    assert_int_equal(rig_claims_of(&w), 0);
    rig_free(rig);
}

static void a_worker_without_a_slot_claims_nothing_ahead(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker a, b;
    rig_batch(rig->s, "b", 50, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker(rig->s, OTHER, "call");
    rig_worker_init(&a, rig->s, WORKER, rig->account, 8);
    rig_worker_init(&b, rig->s, OTHER, rig->account, 8);
    a.want.ahead_max = b.want.ahead_max = 3;
    assert_int_equal(rig_claims_of(&a), 4);
    assert_int_equal(rig_claims_of(&b), 0);
    rig_free(rig);
}

static void nothing_is_claimed_ahead_for_slots_that_others_have(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker leaving, w;
    rig_batch(rig->s, "b", 50, 1, 1);
    rig_worker(rig->s, OTHER, "call");
    rig_worker_init(&leaving, rig->s, OTHER, rig->account, 3);
    assert_int_equal(rig_claims_of(&leaving), 3);
    OK(store_worker_state(rig->s, OTHER, "draining", e)); /* no part of the cap is its share */
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    w.want.ahead_max = 8;
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.share, 4);
    assert_int_equal(w.want.slot_count, 1);
    assert_int_equal(w.want.claim_count, 1 + 8 / 4);
    rig_free_claims(&w);
    rig_free(rig);
}

static void a_raised_cap_is_used_and_a_lowered_one_kept(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker a, b;
    int64_t before;
    rig_batch(rig->s, "b", 100, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker(rig->s, OTHER, "call");
    rig_worker_init(&a, rig->s, WORKER, rig->account, 32);
    rig_worker_init(&b, rig->s, OTHER, rig->account, 32);
    OK(store_cap(rig->s, "acme", 10, &before, e));
    assert_int_equal(before, 4);
    assert_int_equal(rig_claims_of(&a), 5);
    assert_int_equal(rig_claims_of(&b), 5);
    OK(store_cap(rig->s, "acme", 4, &before, e));
    /* a: 0 … 4, b: 5 … 9, all in flight; now two calls of a are over */
    a.want.busy = 3;
    b.want.busy = 5;
    a.idle[0] = 0;
    a.idle[1] = 1;
    a.want.idle_count = 2;
    rig_turn(&a, NULL, 0); /* eight still run: nothing may begin, not even on slots below the cap */
    assert_int_equal(a.want.slot_count + a.want.claim_count, 0);
    assert_int_equal(a.want.share, 0);
    a.want.idle_count = 0;
    memcpy(b.idle, (int32_t[]){5, 6, 7, 8}, 4 * sizeof(int32_t));
    b.want.busy = 1;
    b.want.idle_count = 4;
    rig_turn(&b, NULL, 0); /* four run now: full */
    assert_int_equal(b.want.slot_count, 0);
    assert_int_equal(b.want.share, 2);
    b.want.idle_count = 1;
    b.want.busy = 0;
    b.idle[0] = 9;
    rig_turn(&b, NULL, 0); /* three of a run: one may begin, below the cap */
    assert_slots(&b, 1, 4);
    rig_free_claims(&b);
    REFUSED(ERR_NOT_FOUND, store_cap(rig->s, "nobody", 4, &before, e));
    rig_verify(rig);
    rig_free(rig);
}

static void configuration_and_person_agree_on_the_cap(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t before, version = store_data_version(rig->s), wait = rig->s->turn_wait_us;
    rig_configure(rig->s, 4); /* nothing to do: no turn, no commit */
    assert_int_equal(store_data_version(rig->s), version);
    assert_int_equal(rig->s->turn_wait_us, wait);
    OK(store_cap(rig->s, "acme", 9, &before, e));
    rig_configure(rig->s, 4); /* the configured value is the old one: the person's stays */
    OK(store_cap(rig->s, "acme", 9, &before, e));
    assert_int_equal(before, 9);
    rig_configure(rig->s, 5);
    OK(store_cap(rig->s, "acme", 5, &before, e));
    assert_int_equal(before, 5);
    rig_free(rig);
}

/* ---- leases -----------------------------------------------------------------------------------*/

static void leases_are_renewed_before_they_run_short(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    int64_t until = c->w.want.lease_until_boot_ms;
    assert_true(until >= clock_boot_ms() + RIG_LEASE_MS);
    c->w.want.busy = 1;
    rig_turn(&c->w, NULL, 0);
    assert_int_equal(c->w.want.lease_until_boot_ms, until); /* long enough: not touched */
    c->w.want.lease_ms = 10 * RIG_LEASE_MS;
    rig_turn(&c->w, NULL, 0);
    assert_true(c->w.want.lease_until_boot_ms >= clock_boot_ms() + 9 * RIG_LEASE_MS);
    assert_false(c->w.want.lost);
    int64_t next;
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(next, c->w.want.lease_until_boot_ms);
    call_free(c);
}

static void lost_leases_are_told(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_FAILED, JOB_FAILED);
    c->w.want.busy = 1;
    c->w.want.lease_until_boot_ms = clock_boot_ms() - 1; /* it slept */
    rig_turn(&c->w, NULL, 0);
    assert_true(c->w.want.lost);
    assert_int_equal(c->w.want.claim_count, 0);
    rig_settle(&c->w, &x);
    OK(store_worker_remove(c->rig->s, WORKER, e)); /* the keeper has not looked yet: fine */
    call_free(c);
}

static void a_lease_missing_at_renewal_is_told(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 1);
    c->w.want.busy = 2; /* claims to hold one more than it does */
    c->w.want.lease_ms = 10 * RIG_LEASE_MS;
    rig_turn(&c->w, NULL, 0);
    assert_true(c->w.want.lost);
    call_free(c);
}

static void a_reaped_worker_is_told(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 1);
    give_up(c);
    c->w.want.busy = 1;
    rig_turn(&c->w, NULL, 0);
    assert_true(c->w.want.lost);
    assert_int_equal(c->w.want.claim_count + c->w.want.slot_count, 0);
    call_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_share_the_cap),
        cmocka_unit_test(idle_slots_go_back_when_nothing_is_to_do),
        cmocka_unit_test(jobs_ahead_are_limited),
        cmocka_unit_test(a_worker_without_a_slot_claims_nothing_ahead),
        cmocka_unit_test(nothing_is_claimed_ahead_for_slots_that_others_have),
        cmocka_unit_test(a_raised_cap_is_used_and_a_lowered_one_kept),
        cmocka_unit_test(configuration_and_person_agree_on_the_cap),
        cmocka_unit_test(leases_are_renewed_before_they_run_short),
        cmocka_unit_test(lost_leases_are_told),
        cmocka_unit_test(a_lease_missing_at_renewal_is_told),
        cmocka_unit_test(a_reaped_worker_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
