/*
 * test_store_claim: which jobs a worker gets: in their order, for the account that counts now, none
 * where it is closed or the worker drains.
 */
#include "tests/lib/store_call.h"

static void claims_come_by_priority_and_order(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    struct store_job_spec jobs[] = {rig_text_job("second"), rig_text_job("first"),
                                    rig_text_job("third")};
    struct store_batch_spec spec = {.name = "hot",
                                    .profile = "say",
                                    .voice = "vera",
                                    .uncertain = "hold",
                                    .priority = 1,
                                    .weight = 1,
                                    .producer_id = 1};
    int64_t batch;
    rig_batch(rig->s, "cold", 3, 1, 1000);
    OK(store_batch_begin(rig->s, &spec, &batch, e));
    jobs[1].priority = 1;
    jobs[2].voice = "otto";
    OK(store_batch_add(rig->s, batch, jobs, 3, e));
    OK(store_batch_commit(rig->s, batch, e));
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 1);
    w.want.ahead_max = 9;
    rig_turn(&w, NULL, 0);
    static const char *const text[] = {"first", "second", "third", "x", "x", "x"};
    assert_int_equal(w.want.claim_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(w.claims[i].text, text[i]);
    assert_string_equal(w.claims[0].voice, "vera");
    assert_string_equal(w.claims[2].voice, "otto");
    assert_null(w.claims[3].voice);
    assert_string_equal(w.claims[0].profile, "say");
    assert_true(w.claims[0].hold_uncertain && !w.claims[3].hold_uncertain);
    assert_int_equal(w.claims[2].text_bytes, 5);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

static void batches_go_with_their_profile(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    const struct store_account_config other = rig_account("other", 2);
    const struct store_profile_config profile = rig_profile("say", "other");
    int64_t id = 0;
    rig_batch(rig->s, "b", 5, 1, 1);
    rig_settings(rig->s, &other, 1, &profile, 1);
    OK(store_account_id(rig->s, "other", &id, e));
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    assert_int_equal(rig_claims_of(&w), 0);
    rig_worker_init(&w, rig->s, WORKER, id, 8);
    assert_int_equal(rig_claims_of(&w), 2); /* under the cap of the account that now counts */
    rig_verify(rig);
    rig_free(rig);
}

static void a_draining_worker_claims_nothing(void **state) {
    (void)state;
    struct one_call *c = call_new(8, 3);
    c->w.want.drain = true;
    c->w.want.busy = 1;
    c->w.want.idle_count = 2;
    c->w.idle[0] = c->w.slots[1];
    c->w.idle[1] = c->w.slots[2];
    rig_turn(&c->w, NULL, 0);
    assert_int_equal(c->w.want.claim_count + c->w.want.slot_count, 0);
    assert_int_equal(rig_account_of(c->rig->s).in_flight, 1);
    call_free(c);
}

static void a_pause_closes_the_gate(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_REFUSED, JOB_DELAYED);
    bool was, probes;
    x.pause_ms = 3600000;
    x.delay_ms = 1000;
    x.why = "429";
    all_idle(&c->w);
    rig_turn(&c->w, &x, 1);
    assert_int_equal(c->w.want.claim_count + c->w.want.slot_count, 0);
    assert_true(c->w.want.gate_boot_ms > clock_boot_ms() + 3500000);
    assert_int_equal(c->w.turn.next_boot_ms, c->w.want.gate_boot_ms);
    assert_true(rig_account_of(c->rig->s).paused_until_ms > clock_wall_ms());
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_true(was);
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_false(was);
    c->w.want.idle_count = 0;
    assert_int_equal(rig_claims_of(&c->w), 1);
    call_free(c);
}

static void a_stop_waits_for_a_person(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_REFUSED, JOB_READY);
    bool was, probes;
    x.stop = true;
    x.why = "401: key";
    all_idle(&c->w);
    rig_turn(&c->w, &x, 1);
    assert_int_equal(c->w.want.claim_count + c->w.want.slot_count, 0);
    assert_int_equal(c->w.want.gate_boot_ms, INT64_MAX);
    assert_int_equal(c->w.turn.next_boot_ms, INT64_MAX);
    struct store_account_row account = rig_account_of(c->rig->s);
    assert_true(account.stopped);
    assert_non_null(account.pause_reason);
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_true(was);
    REFUSED(ERR_NOT_FOUND, store_resume(c->rig->s, "nobody", &was, &probes, e));
    c->w.want.idle_count = 0;
    assert_int_equal(rig_claims_of(&c->w), 1);
    call_free(c);
}

static void requests_keep_their_rate(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    struct store_account_config account = rig_account("acme", 8);
    account.rate_interval_us = 3600000000;
    account.rate_burst = 3;
    rig_settings(rig->s, &account, 1, NULL, 0);
    rig_batch(rig->s, "b", 20, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    assert_int_equal(rig_claims_of(&w), 3);
    assert_int_equal(w.want.slot_count, 3);
    w.want.busy = 3;
    assert_int_equal(rig_claims_of(&w), 0);
    assert_true(w.turn.next_boot_ms > clock_boot_ms() + 3500000);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_come_by_priority_and_order),
        cmocka_unit_test(batches_go_with_their_profile),
        cmocka_unit_test(a_draining_worker_claims_nothing),
        cmocka_unit_test(a_pause_closes_the_gate),
        cmocka_unit_test(a_stop_waits_for_a_person),
        cmocka_unit_test(requests_keep_their_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
