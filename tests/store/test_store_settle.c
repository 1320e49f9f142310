/*
 * test_store_settle: what becomes of a job when its call is over: each outcome, once;
 * answers that come late; what people do to it meanwhile.
 */
#include "tests/lib/store_call.h"

/* ---- answers ----------------------------------------------------------------------------------*/

static void an_answer_as_a_row_is_kept(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_result result = rig_row_result();
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    struct buf body;
    x.result = &result;
    x.why = "not shown: it is done";
    rig_settle(&c->w, &x);
    struct seen seen = job_of(c->rig->s, x.job_id);
    assert_int_equal(seen.state, JOB_DONE);
    assert_true(seen.has_result && !seen.has_path);
    assert_string_equal(seen.why, "");
    assert_int_equal(seen.attempts, 1);
    buf_init(&body, 100);
    OK(store_result_body(c->rig->s, seen.result_id, &body, e));
    assert_int_equal(body.bytes, 4);
    assert_memory_equal(body.data, "RIFF", 4);
    buf_release(&body);
    REFUSED(ERR_NOT_FOUND, store_result_body(c->rig->s, 9999, &body, e));
    call_free(c);
}

static void an_answer_as_a_file_is_kept(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_result result = {
        .format = "mp3", .bytes = 100000, .duration_ms = -1, .path = "ab/cd.mp3"};
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    struct buf body;
    x.result = &result;
    rig_settle(&c->w, &x);
    struct seen seen = job_of(c->rig->s, x.job_id);
    assert_true(seen.has_result && seen.has_path);
    assert_int_equal(seen.result_bytes, 100000);
    buf_init(&body, 100);
    REFUSED(ERR_NOT_FOUND, store_result_body(c->rig->s, seen.result_id, &body, e));
    call_free(c);
}

struct edge {
    enum attempt_outcome outcome;
    enum job_state state;
    int64_t delay_ms;
    int64_t attempts, refusals, uncertain; /* of the job after */
};

static void check_edge(const struct edge *edge) {
    struct one_call *c = call_new(1, 1);
    struct store_settle x = settle_of(&c->w.claims[0], edge->outcome, edge->state);
    x.delay_ms = edge->delay_ms;
    x.why = "because";
    for (int i = 0; i < 2; i++) { /* the second time changes nothing */
        rig_settle(&c->w, &x);
        struct seen seen = job_of(c->rig->s, x.job_id);
        assert_int_equal(seen.state, edge->state);
        assert_int_equal(seen.attempts, edge->attempts);
        assert_int_equal(seen.refusals, edge->refusals);
        assert_int_equal(seen.uncertain, edge->uncertain);
        assert_string_equal(seen.why, edge->outcome == ATTEMPT_UNCERTAIN && edge->state == JOB_HELD
                                          ? "because; 1 call may have been billed"
                                          : "because");
        assert_int_equal(seen.not_before_ms != 0, edge->state == JOB_DELAYED);
        struct rig_counts counts = rig_counts_of(c->rig->s, c->batch);
        assert_int_equal(counts.count[edge->state], 1);
        assert_int_equal(counts.total, 1);
        assert_int_equal(counts.uncertain, edge->outcome == ATTEMPT_UNCERTAIN);
        rig_verify(c->rig);
    }
    call_free(c);
}

static void every_outcome_moves_the_job_once(void **state) {
    (void)state;
    static const struct edge edges[] = {
        {ATTEMPT_FAILED, JOB_FAILED, 0, 1, 0, 0},
        {ATTEMPT_FAILED, JOB_DELAYED, 60000, 1, 0, 0},
        {ATTEMPT_FAILED, JOB_READY, 0, 1, 0, 0},
        {ATTEMPT_REFUSED, JOB_DELAYED, 60000, 0, 1, 0},
        {ATTEMPT_REFUSED, JOB_READY, 0, 0, 1, 0},
        {ATTEMPT_UNCERTAIN, JOB_HELD, 0, 1, 0, 1},
        {ATTEMPT_UNCERTAIN, JOB_DELAYED, 60000, 1, 0, 1},
        {ATTEMPT_UNCERTAIN, JOB_FAILED, 0, 1, 0, 1},
        {ATTEMPT_UNSENT, JOB_READY, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        check_edge(&edges[i]);
}

static void a_job_given_back_is_claimed_in_the_same_turn(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_UNSENT, JOB_READY);
    c->w.idle[0] = c->w.slots[0];
    c->w.want.idle_count = 1;
    rig_turn(&c->w, &x, 1);
    assert_int_equal(c->w.want.claim_count, 1);
    assert_int_equal(c->w.claims[0].attempt_no, 2);
    rig_free_claims(&c->w);
    call_free(c);
}

/* ---- late answers -----------------------------------------------------------------------------*/

static void a_late_answer_is_kept(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_result result = rig_row_result();
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    struct store_settle bad = settle_of(&c->w.claims[0], ATTEMPT_FAILED, JOB_FAILED);
    x.result = &result;
    give_up(c);
    assert_int_equal(job_of(c->rig->s, x.job_id).state, JOB_READY);
    rig_settle(&c->w, &bad); /* only an answer counts now */
    assert_int_equal(job_of(c->rig->s, x.job_id).state, JOB_READY);
    for (int i = 0; i < 2; i++) {
        rig_settle(&c->w, &x);
        assert_int_equal(job_of(c->rig->s, x.job_id).state, JOB_DONE);
        assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 0);
        rig_verify(c->rig);
    }
    call_free(c);
}

static void a_late_answer_and_a_claim_fit_into_one_turn(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_result result = rig_row_result();
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    struct rig_worker other;
    x.result = &result;
    give_up(c);
    rig_worker(c->rig->s, OTHER, "call");
    rig_worker_init(&other, c->rig->s, OTHER, c->rig->account, 1);
    rig_turn(&other, &x, 1); /* the job it would have claimed is done by the very turn */
    assert_int_equal(other.want.claim_count, 0);
    assert_int_equal(job_of(c->rig->s, x.job_id).state, JOB_DONE);
    call_free(c);
}

static void a_late_answer_wins_over_a_running_repetition(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_result result = rig_row_result();
    struct store_settle first = settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    struct rig_worker other;
    first.result = &result;
    give_up(c);
    rig_worker(c->rig->s, OTHER, "call");
    rig_worker_init(&other, c->rig->s, OTHER, c->rig->account, 1);
    rig_turn(&other, NULL, 0);
    assert_int_equal(other.want.claim_count, 1);
    assert_int_equal(other.claims[0].attempt_no, 2);
    rig_free_claims(&other);
    rig_settle(&c->w, &first);
    rig_verify(c->rig);
    int64_t result_id = job_of(c->rig->s, first.job_id).result_id;
    struct store_settle second = settle_of(&other.claims[0], ATTEMPT_UNCERTAIN, JOB_HELD);
    rig_settle(&other, &second); /* maybe billed, and counted; the job stays done */
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 1);
    rig_verify(c->rig);
    second = settle_of(&other.claims[0], ATTEMPT_ANSWERED, JOB_DONE);
    second.result = &result;
    rig_settle(&other, &second);
    assert_int_equal(job_of(c->rig->s, first.job_id).result_id, result_id);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 0);
    OK(store_worker_remove(c->rig->s, OTHER, e));
    call_free(c);
}

/* ---- what people do meanwhile -----------------------------------------------------------------*/

static void a_job_cancelled_while_running_stays_cancelled(void **state) {
    (void)state;
    struct one_call *c = call_new(4, 3);
    struct store_result result = rig_row_result();
    int64_t changed, in_flight;
    OK(rig_cancel(c->rig->s, c->batch, &changed, &in_flight, e));
    assert_int_equal(changed, 4);
    assert_int_equal(in_flight, 3);
    rig_verify(c->rig);
    struct store_settle x[3];
    for (int i = 0; i < 3; i++)
        x[i] = settle_of(&c->w.claims[i], ATTEMPT_FAILED, JOB_FAILED);
    x[0].outcome = ATTEMPT_ANSWERED;
    x[0].state = JOB_DONE;
    x[0].result = &result;
    x[1].outcome = ATTEMPT_UNCERTAIN;
    x[1].state = JOB_HELD;
    rig_turn(&c->w, x, 3);
    struct rig_counts counts = rig_counts_of(c->rig->s, c->batch);
    assert_int_equal(counts.count[JOB_CANCELLED], 4);
    assert_int_equal(counts.uncertain, 1);
    rig_verify(c->rig);
    x[1].outcome = ATTEMPT_ANSWERED; /* late */
    x[1].state = JOB_DONE;
    x[1].result = &result;
    rig_settle(&c->w, &x[1]);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 0);
    OK(rig_retry(c->rig->s, c->batch, JOB_BIT(JOB_CANCELLED), &changed, e));
    assert_int_equal(changed, 4); /* two of them have been answered */
    counts = rig_counts_of(c->rig->s, c->batch);
    assert_int_equal(counts.count[JOB_READY], 2);
    assert_int_equal(counts.count[JOB_DONE], 2);
    rig_verify(c->rig);
    call_free(c);
}

/* One call each: a retry during the call waits for its answer, one after it calls again. */
static void a_retry_during_the_call_makes_no_second_one(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 2);
    struct store_result result = rig_row_result();
    const struct store_selection all = {.batch_id = c->batch};
    struct store_changed changed;
    OK(store_change(c->rig->s, &all, STORE_CANCEL, false, &changed, e));
    for (int dry_run = 1; dry_run >= 0; dry_run--) {
        OK(store_change(c->rig->s, &all, STORE_RETRY, dry_run, &changed, e));
        assert_int_equal(changed.jobs, 3);
        assert_int_equal(changed.in_flight, 2);
        rig_verify(c->rig);
    }
    struct rig_counts counts = rig_counts_of(c->rig->s, c->batch);
    assert_int_equal(counts.count[JOB_RUNNING], 2);
    assert_int_equal(counts.count[JOB_READY], 1);
    struct store_settle x[2] = {settle_of(&c->w.claims[0], ATTEMPT_ANSWERED, JOB_DONE),
                                settle_of(&c->w.claims[1], ATTEMPT_FAILED, JOB_FAILED)};
    x[0].result = &result;
    for (int i = 0; i < 2; i++)
        rig_settle(&c->w, &x[i]);
    assert_int_equal(job_of(c->rig->s, x[0].job_id).state, JOB_DONE);
    assert_int_equal(job_of(c->rig->s, x[0].job_id).attempt_no, 1);
    assert_int_equal(job_of(c->rig->s, x[1].job_id).state, JOB_FAILED);
    call_free(c);
}

static void a_retry_starts_the_counters_again(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 2);
    struct store_settle x[2] = {settle_of(&c->w.claims[0], ATTEMPT_FAILED, JOB_FAILED),
                                settle_of(&c->w.claims[1], ATTEMPT_UNCERTAIN, JOB_HELD)};
    int64_t changed;
    c->w.want.drain = true; /* take nothing in their place */
    c->w.want.idle_count = 2;
    memcpy(c->w.idle, c->w.slots, sizeof c->w.idle);
    rig_turn(&c->w, x, 2);
    OK(rig_retry(c->rig->s, c->batch, JOB_BIT(JOB_HELD), &changed, e));
    assert_int_equal(changed, 1);
    OK(rig_retry(c->rig->s, c->batch, JOB_BIT(JOB_HELD) | JOB_BIT(JOB_FAILED), &changed, e));
    assert_int_equal(changed, 1);
    for (int i = 0; i < 2; i++) {
        struct seen seen = job_of(c->rig->s, x[i].job_id);
        assert_int_equal(seen.state, JOB_READY);
        assert_int_equal(seen.attempts + seen.refusals + seen.uncertain, 0);
        assert_int_equal(seen.attempt_no, 1); /* goes on: it is the fencing token */
    }
    call_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_as_a_row_is_kept),
        cmocka_unit_test(an_answer_as_a_file_is_kept),
        cmocka_unit_test(every_outcome_moves_the_job_once),
        cmocka_unit_test(a_job_given_back_is_claimed_in_the_same_turn),
        cmocka_unit_test(a_late_answer_is_kept),
        cmocka_unit_test(a_late_answer_and_a_claim_fit_into_one_turn),
        cmocka_unit_test(a_late_answer_wins_over_a_running_repetition),
        cmocka_unit_test(a_job_cancelled_while_running_stays_cancelled),
        cmocka_unit_test(a_retry_during_the_call_makes_no_second_one),
        cmocka_unit_test(a_retry_starts_the_counters_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
