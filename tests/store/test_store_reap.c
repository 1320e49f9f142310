/*
 * test_store_reap: what the keeper makes of a dead worker's calls, of slots that may still be
 * busy at the provider, and of time that has come.
 */
#include "tests/lib/store_call.h"

/* Of four claims: one never sent, one over, one on the wire, one settled already. */
static void a_dead_workers_work_is_sorted(void **state) {
    (void)state;
    struct one_call *c = call_new(4, 4);
    struct store_settle done = settle_of(&c->w.claims[3], ATTEMPT_FAILED, JOB_FAILED);
    struct store_reap_report report;
    struct store_sent_mark marks[] = {{.job_id = c->w.claims[1].job_id,
                                       .account_id = c->rig->account,
                                       .attempt_no = 1,
                                       .slot_no = c->w.slots[1],
                                       .over = true},
                                      {.job_id = c->w.claims[2].job_id,
                                       .account_id = c->rig->account,
                                       .attempt_no = 1,
                                       .slot_no = c->w.slots[2],
                                       .over_by_boot_ms = clock_boot_ms() + 3600000}};
    rig_settle(&c->w, &done);
    OK(store_reap(c->rig->s, WORKER, &(struct store_sent){marks, 2}, &report, e));
    assert_int_equal(report.freed, 1);
    assert_int_equal(report.uncertain, 2);
    assert_int_equal(report.slots_freed, 3);
    assert_int_equal(report.slots_held, 1);
    rig_verify(c->rig);
    struct store_account_row account = rig_account_of(c->rig->s);
    assert_int_equal(account.in_flight, 0);
    assert_int_equal(account.held_leases, 1);
    int64_t next;
    OK(store_tidy(c->rig->s, &next, e)); /* held for the account's linger, not for an hour */
    assert_true(next > clock_boot_ms() && next <= clock_boot_ms() + 10000);
    OK(store_reap(c->rig->s, WORKER, &(struct store_sent){marks, 2}, &report, e));
    assert_int_equal(report.freed + report.uncertain + report.slots_freed + report.slots_held, 0);
    rig_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1");
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(rig_account_of(c->rig->s).held_leases, 0);
    call_free(c);
}

/* What is due for one slot is not due for another. */
static void each_held_slot_waits_for_its_own_call(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 2);
    struct store_reap_report report;
    int64_t next;
    OK(store_reap(c->rig->s, WORKER, NULL, &report, e));
    assert_int_equal(report.slots_held, 2);
    rig_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1 WHERE slot_no = 0");
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(rig_account_of(c->rig->s).held_leases, 1);
    call_free(c);
}

/* A worker that was frozen past its leases. */
static void expired_leases_are_ended(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 2);
    struct store_result result = rig_row_result();
    struct rig_worker other;
    int64_t next;
    rig_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1");
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(next, 1); /* its calls are for who knows its marks */
    rig_reap_frozen(c->rig->s);
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(next, INT64_MAX);
    struct rig_counts counts = rig_counts_of(c->rig->s, c->batch);
    assert_int_equal(counts.count[JOB_READY], 3);
    assert_int_equal(counts.uncertain, 2);
    rig_verify(c->rig);
    rig_worker(c->rig->s, OTHER, "call");
    rig_worker_init(&other, c->rig->s, OTHER, c->rig->account, 32);
    rig_turn(&other, NULL, 0);
    assert_int_equal(other.want.claim_count, 3);
    rig_free_claims(&other);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    x.result = &result;
    rig_settle(&c->w, &x); /* it thaws: what arrived counts */
    OK(store_worker_remove(c->rig->s, WORKER, e));
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).count[JOB_DONE], 1);
    call_free(c);
}

/* Given up by its own worker, but the provider may still be at it. */
static void an_abandoned_calls_slot_is_held(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_UNCERTAIN, JOB_HELD);
    struct rig_worker other;
    int64_t next;
    x.slot_no = c->w.slots[0];
    x.abandoned_over_by_boot_ms = clock_boot_ms() + 3600000;
    c->w.want.lease_ms = 10 * RIG_LEASE_MS; /* the renewal must not miss the slot */
    for (int i = 0; i < 2; i++) {
        rig_turn(&c->w, &x, 1);
        rig_free_claims(&c->w);
        assert_false(c->w.want.lost);
        assert_int_equal(rig_account_of(c->rig->s).held_leases, 1);
        c->w.want.busy = 1; /* of the first round's new claim */
    }
    rig_worker(c->rig->s, OTHER, "call");
    rig_worker_init(&other, c->rig->s, OTHER, c->rig->account, 32);
    rig_turn(&other, NULL, 0);
    rig_free_claims(&other);
    assert_int_equal(other.want.claim_count, 1);
    assert_int_not_equal(other.slots[0], x.slot_no);
    OK(store_tidy(c->rig->s, &next, e));
    assert_true(next > clock_boot_ms() && next <= clock_boot_ms() + 10000);
    rig_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1 WHERE held = 1");
    OK(store_tidy(c->rig->s, &next, e));
    struct store_account_row account = rig_account_of(c->rig->s);
    assert_int_equal(account.held_leases, 0);
    assert_int_equal(account.in_flight, 2); /* the living ones are untouched */
    call_free(c);
}

static void a_cancelled_job_of_a_dead_worker_stays_cancelled(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    int64_t changed, in_flight;
    OK(rig_cancel(c->rig->s, c->batch, &changed, &in_flight, e));
    give_up(c);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).count[JOB_CANCELLED], 1);
    call_free(c);
}

static void many_batches_fit_into_one_reaping(void **state) {
    (void)state;
    struct rig *rig = rig_new(200);
    struct rig_worker w;
    struct store_reap_report report;
    char name[16];
    for (int i = 0; i < 150; i++) {
        (void)snprintf(name, sizeof name, "b%d", i);
        rig_batch(rig->s, name, 1, 1, 1);
    }
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 32);
    for (int i = 0; i < 5; i++) {
        w.want.ahead_max = 32 * i;
        w.want.staged = i > 0 ? 32 * (i - 1) : 0;
        rig_turn(&w, NULL, 0);
        rig_free_claims(&w);
        w.want.busy += (int32_t)w.want.slot_count;
    }
    OK(store_reap(rig->s, WORKER, &(struct store_sent){0}, &report, e));
    assert_true(report.freed > 64); /* more than the list of changed batches begins with */
    rig_verify(rig);
    rig_free(rig);
}

static void delayed_jobs_become_ready(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_job_spec job = rig_text_job("later");
    int64_t batch = rig_batch_begin(rig->s, "b", 1, 1), next;
    job.delay_ms = 3600000;
    OK(store_batch_add(rig->s, batch, &job, 1, e));
    OK(store_batch_commit(rig->s, batch, e));
    OK(store_tidy(rig->s, &next, e));
    assert_true(next > clock_boot_ms() + 3500000);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_DELAYED], 1);
    rig_sql(rig->path, "UPDATE job SET due_boot_ms = 1");
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(next, INT64_MAX);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 1);
    rig_verify(rig);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_workers_work_is_sorted),
        cmocka_unit_test(each_held_slot_waits_for_its_own_call),
        cmocka_unit_test(expired_leases_are_ended),
        cmocka_unit_test(an_abandoned_calls_slot_is_held),
        cmocka_unit_test(a_cancelled_job_of_a_dead_worker_stays_cancelled),
        cmocka_unit_test(many_batches_fit_into_one_reaping),
        cmocka_unit_test(delayed_jobs_become_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
