/*
 * test_store_basic: the contract of store.h, function by function, on one connection; the kept
 * counts are compared with the counted ones after every step.
 */
#include "tests/lib/store_rig.h"

#include <sqlite3.h>

#define WORKER 101
#define OTHER 102

/* ---- producing --------------------------------------------------------------------------------*/

static struct store_job_spec text_job(const char *text) {
    return (struct store_job_spec){
        .text = text, .text_bytes = strlen(text), .chars = (int64_t)strlen(text)};
}

/* `second` may be NULL. */
static void add_texts(struct store *s, int64_t batch, const char *first, const char *second) {
    struct store_job_spec jobs[] = {text_job(first), text_job(second ? second : "")};
    OK(store_batch_add(s, batch, jobs, second ? 2 : 1, e));
}

static int32_t claims_of(struct rig_worker *w) {
    rig_turn(w, NULL, 0);
    int32_t n = (int32_t)w->want.claim_count;
    rig_free_claims(w);
    return n;
}

static void a_batch_is_seen_at_its_commit_only(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 4);
    int64_t batch = rig_batch_begin(rig->s, "one", 1, 1);
    add_texts(rig->s, batch, "a", "b");
    add_texts(rig->s, batch, "c", NULL);
    assert_int_equal(claims_of(&w), 0);
    assert_true(rig_counts_of(rig->s, batch).loading);
    REFUSED(ERR_INPUT,
            store_batch_begin(rig->s,
                              &(struct store_batch_spec){
                                  .name = "one", .profile = "say", .weight = 1, .producer_id = 1},
                              &batch, e));
    OK(store_batch_commit(rig->s, batch, e));
    assert_int_equal(claims_of(&w), 3);
    assert_false(rig_counts_of(rig->s, batch).loading);
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, batch, e));
    struct store_job_spec late = text_job("late");
    REFUSED(ERR_FAILED, store_batch_add(rig->s, batch, &late, 1, e));
    OK(store_batch_abort(rig->s, batch, e)); /* not loading: nothing happens */
    assert_int_equal(rig_counts_of(rig->s, batch).total, 3);
    rig_verify(rig);
    rig_free(rig);
}

static void an_aborted_batch_leaves_nothing(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t keep = rig_batch_begin(rig->s, "keep", 1, 1), found;
    int64_t gone = rig_batch_begin(rig->s, "gone", 1, 2);
    add_texts(rig->s, gone, "a", "b");
    add_texts(rig->s, keep, "k", NULL);
    add_texts(rig->s, gone, "c", NULL);
    OK(store_batch_abort(rig->s, gone, e));
    OK(store_batch_commit(rig->s, keep, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "gone", &found, e));
    OK(store_batch_by_name(rig->s, "keep", &found, e));
    assert_int_equal(found, keep);
    REFUSED(ERR_NOT_FOUND, store_job(rig->s, 1, NULL, NULL, e));
    assert_int_equal(rig_counts_of(rig->s, keep).total, 1);
    rig_verify(rig);
    gone = rig_batch(rig->s, "gone", 2, 1, 1); /* the name is free again */
    assert_int_equal(rig_counts_of(rig->s, gone).total, 2);
    rig_free(rig);
}

static void a_dead_producers_batch_is_reaped(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_reap_report report;
    rig_worker(rig->s, 7, "producer");
    int64_t batch = rig_batch_begin(rig->s, "half", 1, 7), empty, found;
    empty = rig_batch_begin(rig->s, "empty", 1, 7);
    (void)empty;
    for (int i = 0; i < 3; i++)
        add_texts(rig->s, batch, "a", "b");
    for (int i = 0; i < 2; i++) /* twice: idempotent */
        OK(store_reap(rig->s, 7, true, NULL, 0, &report, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "half", &found, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "empty", &found, e));
    rig_verify(rig);
    rig_free(rig);
}

static void bad_batches_are_refused(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    char name[STORE_NAME_MAX + 2];
    int64_t id;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct store_batch_spec spec = {.name = "x", .profile = "no", .weight = 1, .producer_id = 1};
    REFUSED(ERR_CONFIG, store_batch_begin(rig->s, &spec, &id, e));
    spec.profile = "say";
    spec.name = name;
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    spec.name = "";
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    spec.name = "x";
    spec.weight = 0;
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    rig_free(rig);
}

static void the_same_input_is_found_again(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_batch_spec spec = {
        .name = "ch-1", .profile = "say", .weight = 1, .producer_id = 1, .source_sha256 = "ab12"};
    char name[STORE_NAME_MAX + 1];
    int64_t id, found;
    OK(store_batch_begin(rig->s, &spec, &id, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_source(rig->s, "ab12", &found, name, e));
    OK(store_batch_commit(rig->s, id, e));
    OK(store_batch_by_source(rig->s, "ab12", &found, name, e));
    assert_int_equal(found, id);
    assert_string_equal(name, "ch-1");
    rig_free(rig);
}

/* ---- settling ---------------------------------------------------------------------------------*/

struct one_call { /* a store with one batch, one worker and its first claim */
    struct rig *rig;
    struct rig_worker w;
    int64_t batch;
};

static struct one_call *call_new(size_t jobs, int32_t calls_max) {
    struct one_call *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->rig = rig_new(10);
    c->batch = rig_batch(c->rig->s, "b", jobs, 3, 1);
    rig_worker(c->rig->s, WORKER, "call");
    rig_worker_init(&c->w, c->rig->s, WORKER, c->rig->account, calls_max);
    rig_turn(&c->w, NULL, 0);
    rig_free_claims(&c->w);
    assert_int_equal(c->w.want.claim_count, jobs < (size_t)calls_max ? jobs : (size_t)calls_max);
    assert_int_equal(c->w.want.slot_count, c->w.want.claim_count);
    rig_verify(c->rig);
    return c;
}

static void call_free(struct one_call *c) {
    rig_verify(c->rig);
    rig_free(c->rig);
    free(c);
}

static struct store_settle settle_of(const struct store_claim *claim, enum attempt_outcome outcome,
                                     enum job_state state) {
    return (struct store_settle){.job_id = claim->job_id,
                                 .attempt_no = claim->attempt_no,
                                 .outcome = outcome,
                                 .state = state,
                                 .slot_no = 0,
                                 .started_ms = 5,
                                 .ended_ms = 9};
}

struct seen { /* what the readers say of one job */
    enum job_state state;
    int64_t attempts, refusals, uncertain, attempt_no, not_before_ms, result_id, result_bytes;
    bool has_result, has_path;
    char why[64];
};

static void see_job(const struct store_job_row *row, void *arg) {
    struct seen *seen = arg;
    *seen = (struct seen){.state = row->state,
                          .attempts = row->attempts,
                          .refusals = row->refusals,
                          .uncertain = row->uncertain,
                          .attempt_no = row->attempt_no,
                          .not_before_ms = row->not_before_ms,
                          .result_id = row->result_id,
                          .result_bytes = row->result_bytes,
                          .has_result = row->has_result,
                          .has_path = row->result_path != NULL};
    (void)snprintf(seen->why, sizeof seen->why, "%s", row->why ? row->why : "");
}

static struct seen job_of(struct store *s, int64_t job_id) {
    struct seen seen;
    OK(store_job(s, job_id, see_job, &seen, e));
    return seen;
}

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

/* Its lease ran out, the keeper gave it up, the answer came after all. */
static void give_up(struct one_call *c) {
    struct store_reap_report report;
    OK(store_reap(c->rig->s, WORKER, false, NULL, 0, &report, e));
    assert_int_equal(report.uncertain, 1);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 1);
    rig_verify(c->rig);
}

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

static void a_job_cancelled_while_running_stays_cancelled(void **state) {
    (void)state;
    struct one_call *c = call_new(4, 3);
    struct store_result result = rig_row_result();
    int64_t changed, in_flight;
    OK(store_cancel(c->rig->s, c->batch, &changed, &in_flight, e));
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
    x[1].outcome = ATTEMPT_ANSWERED; /* late, for a job that wants none */
    x[1].state = JOB_DONE;
    x[1].result = &result;
    rig_settle(&c->w, &x[1]);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 0);
    OK(store_retry(c->rig->s, c->batch, JOB_BIT(JOB_CANCELLED), &changed, e));
    assert_int_equal(changed, 4);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).count[JOB_READY], 4);
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
    OK(store_retry(c->rig->s, c->batch, JOB_BIT(JOB_HELD), &changed, e));
    assert_int_equal(changed, 1);
    OK(store_retry(c->rig->s, c->batch, JOB_BIT(JOB_HELD) | JOB_BIT(JOB_FAILED), &changed, e));
    assert_int_equal(changed, 1);
    for (int i = 0; i < 2; i++) {
        struct seen seen = job_of(c->rig->s, x[i].job_id);
        assert_int_equal(seen.state, JOB_READY);
        assert_int_equal(seen.attempts + seen.refusals + seen.uncertain, 0);
        assert_int_equal(seen.attempt_no, 1); /* goes on: it is the fencing token */
    }
    call_free(c);
}

/* ---- leases -----------------------------------------------------------------------------------*/

/* Every call is over: what was busy is idle now. */
static void all_idle(struct rig_worker *w) {
    memcpy(w->idle, w->slots, sizeof w->idle);
    w->want.idle_count = w->want.slot_count;
    w->want.busy = 0;
}

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
    assert_int_equal(claims_of(&w), 0);
    w.want.staged = 1;
    assert_int_equal(claims_of(&w), 2);
    w.want.staged = 3;
    w.want.claims_max = 0;
    assert_int_equal(claims_of(&w), 0);
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
    assert_int_equal(claims_of(&a), 4);
    assert_int_equal(claims_of(&b), 0);
    rig_free(rig);
}

static void nothing_is_claimed_ahead_for_slots_that_others_have(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker leaving, w;
    rig_batch(rig->s, "b", 50, 1, 1);
    rig_worker(rig->s, OTHER, "call");
    rig_worker_init(&leaving, rig->s, OTHER, rig->account, 3);
    assert_int_equal(claims_of(&leaving), 3);
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
    assert_int_equal(claims_of(&a), 5);
    assert_int_equal(claims_of(&b), 5);
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
    int64_t before, version = store_data_version(rig->s), wait = store_last_turn_wait_us(rig->s);
    rig_configure(rig->s, 4); /* nothing to do: no turn, no commit */
    assert_int_equal(store_data_version(rig->s), version);
    assert_int_equal(store_last_turn_wait_us(rig->s), wait);
    OK(store_cap(rig->s, "acme", 9, &before, e));
    rig_configure(rig->s, 4); /* the configured value is the old one: the person's stays */
    OK(store_cap(rig->s, "acme", 9, &before, e));
    assert_int_equal(before, 9);
    rig_configure(rig->s, 5);
    OK(store_cap(rig->s, "acme", 5, &before, e));
    assert_int_equal(before, 5);
    rig_free(rig);
}

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

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A producer that was taken for dead and lives: its batch may go, but never open with a part of it.
 */
static void a_batch_that_is_being_removed_never_opens(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_reap_report report;
    rig_worker(rig->s, 7, "producer");
    int64_t batch = rig_batch_begin(rig->s, "half", 1, 7), found;
    struct store_job_spec late = text_job("late");
    add_texts(rig->s, batch, "a", "b");
    run_sql(rig->path, "UPDATE batch SET producer_id = -producer_id"); /* the keeper died there */
    REFUSED(ERR_FAILED, store_batch_add(rig->s, batch, &late, 1, e));
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, batch, e));
    OK(store_reap(rig->s, 7, true, NULL, 0, &report, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "half", &found, e));
    rig_verify(rig);
    rig_free(rig);
}

/* A worker that was frozen past its leases. */
static void expired_leases_are_ended(void **state) {
    (void)state;
    struct one_call *c = call_new(3, 2);
    struct store_result result = rig_row_result();
    struct rig_worker other;
    int64_t next;
    run_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1");
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

/* ---- reaping ----------------------------------------------------------------------------------*/

static void take_account(const struct store_account_row *row, void *arg) {
    struct store_account_row *copy = arg;
    *copy = *row;
    copy->name = NULL;
    copy->pause_reason = row->pause_reason ? "some" : NULL;
}

static struct store_account_row account_of(struct store *s) {
    struct store_account_row row = {.id = 0};
    struct store_reader reader = {.account = take_account, .arg = &row};
    OK(store_status(s, 0, &reader, e));
    return row;
}

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
    OK(store_reap(c->rig->s, WORKER, true, marks, 2, &report, e));
    assert_int_equal(report.freed, 1);
    assert_int_equal(report.uncertain, 2);
    assert_int_equal(report.slots_freed, 3);
    assert_int_equal(report.slots_held, 1);
    rig_verify(c->rig);
    struct store_account_row account = account_of(c->rig->s);
    assert_int_equal(account.in_flight, 0);
    assert_int_equal(account.held_leases, 1);
    int64_t next;
    OK(store_tidy(c->rig->s, &next, e)); /* held for the account's linger, not for an hour */
    assert_true(next > clock_boot_ms() && next <= clock_boot_ms() + 10000);
    OK(store_reap(c->rig->s, WORKER, true, marks, 2, &report, e));
    assert_int_equal(report.freed + report.uncertain + report.slots_freed + report.slots_held, 0);
    run_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1");
    OK(store_tidy(c->rig->s, &next, e));
    assert_int_equal(account_of(c->rig->s).held_leases, 0);
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
        assert_int_equal(account_of(c->rig->s).held_leases, 1);
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
    run_sql(c->rig->path, "UPDATE lease SET until_boot_ms = 1 WHERE held = 1");
    OK(store_tidy(c->rig->s, &next, e));
    struct store_account_row account = account_of(c->rig->s);
    assert_int_equal(account.held_leases, 0);
    assert_int_equal(account.in_flight, 2); /* the living ones are untouched */
    call_free(c);
}

static void a_cancelled_job_of_a_dead_worker_stays_cancelled(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    int64_t changed, in_flight;
    OK(store_cancel(c->rig->s, c->batch, &changed, &in_flight, e));
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
    OK(store_reap(rig->s, WORKER, true, NULL, 0, &report, e));
    assert_true(report.freed > 64); /* more than the list of changed batches begins with */
    rig_verify(rig);
    rig_free(rig);
}

static void delayed_jobs_become_ready(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_job_spec job = text_job("later");
    int64_t batch = rig_batch_begin(rig->s, "b", 1, 1), next;
    job.delay_ms = 3600000;
    OK(store_batch_add(rig->s, batch, &job, 1, e));
    OK(store_batch_commit(rig->s, batch, e));
    OK(store_tidy(rig->s, &next, e));
    assert_true(next > clock_boot_ms() + 3500000);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_DELAYED], 1);
    run_sql(rig->path, "UPDATE job SET due_boot_ms = 1");
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(next, INT64_MAX);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 1);
    rig_verify(rig);
    rig_free(rig);
}

/* ---- flow control -----------------------------------------------------------------------------*/

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
    assert_true(account_of(c->rig->s).paused_until_ms > clock_wall_ms());
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_true(was);
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_false(was);
    c->w.want.idle_count = 0;
    assert_int_equal(claims_of(&c->w), 1);
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
    struct store_account_row account = account_of(c->rig->s);
    assert_true(account.stopped);
    assert_non_null(account.pause_reason);
    OK(store_resume(c->rig->s, "acme", &was, &probes, e));
    assert_true(was);
    REFUSED(ERR_NOT_FOUND, store_resume(c->rig->s, "nobody", &was, &probes, e));
    c->w.want.idle_count = 0;
    assert_int_equal(claims_of(&c->w), 1);
    call_free(c);
}

static void requests_keep_their_rate(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    const struct store_account_config account = {.name = "acme",
                                                 .cap = 8,
                                                 .rate_interval_us = 3600000000,
                                                 .rate_burst = 3,
                                                 .linger_ms = 10000};
    OK(store_configure(rig->s, &account, 1, NULL, 0, "say", e));
    rig_batch(rig->s, "b", 20, 1, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    assert_int_equal(claims_of(&w), 3);
    assert_int_equal(w.want.slot_count, 3);
    w.want.busy = 3;
    assert_int_equal(claims_of(&w), 0);
    assert_true(w.turn.next_boot_ms > clock_boot_ms() + 3500000);
    rig_free(rig);
}

static void batches_go_with_their_profile(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    const struct store_account_config other = {
        .name = "other", .cap = 2, .rate_burst = 1, .linger_ms = 10000};
    const struct store_profile_config profile = {.name = "say",
                                                 .account = "other",
                                                 .retry_max = 1,
                                                 .uncertain_max = 1,
                                                 .timeout_total_ms = 30000};
    int64_t id = 0;
    rig_batch(rig->s, "b", 5, 1, 1);
    OK(store_configure(rig->s, &other, 1, &profile, 1, "say", e));
    OK(store_account_id(rig->s, "other", &id, e));
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 8);
    assert_int_equal(claims_of(&w), 0);
    rig_worker_init(&w, rig->s, WORKER, id, 8);
    assert_int_equal(claims_of(&w), 2); /* under the cap of the account that now counts */
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
    assert_int_equal(account_of(c->rig->s).in_flight, 1);
    call_free(c);
}

/* ---- claiming ---------------------------------------------------------------------------------*/

static void claims_come_by_priority_and_order(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    struct store_job_spec jobs[] = {text_job("second"), text_job("first"), text_job("third")};
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

/* ---- SQL producers ----------------------------------------------------------------------------*/

static sqlite3 *plain(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void refused_sql(sqlite3 *db, const char *sql, const char *message) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        fail_msg("%s: was not refused", sql);
    if (!strstr(sqlite3_errmsg(db), message))
        fail_msg("%s: says \"%s\" instead of \"%s\"", sql, sqlite3_errmsg(db), message);
}

static void any_program_may_enqueue(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    sqlite3 *db = plain(rig->path);
    struct rig_worker w;
    int64_t batch;
#define DO(sql) assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK)
    DO("BEGIN IMMEDIATE");
    DO("INSERT INTO enqueue(batch, text, name, ext_id, voice) VALUES ('s', 'Gr\xc3\xbc\xc3\x9f "
       "dich',"
       " 'n', '42', 'otto'), ('s', 'two', NULL, NULL, NULL)");
    DO("ROLLBACK");
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "s", &batch, e));
    DO("BEGIN IMMEDIATE");
    DO("INSERT INTO enqueue(batch, text, name, ext_id, voice) VALUES ('s', 'Gr\xc3\xbc\xc3\x9f "
       "dich',"
       " 'n', '42', 'otto'), ('s', 'two', NULL, NULL, NULL)");
    DO("INSERT INTO enqueue(batch, text, profile, priority, weight) VALUES ('t', 'x', 'say', 3, "
       "7)");
    DO("COMMIT");
#undef DO
    OK(store_batch_by_name(rig->s, "s", &batch, e));
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 2);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 4);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 3);
    assert_string_equal(w.claims[0].text, "x");
    assert_string_equal(w.claims[1].text, "Gr\xc3\xbc\xc3\x9f dich");
    assert_int_equal(w.claims[1].chars, 9);
    assert_string_equal(w.claims[1].voice, "otto");
    rig_free_claims(&w);
    rig_verify(rig);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rig_free(rig);
}

static void bad_sql_enqueues_are_refused(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    sqlite3 *db = plain(rig->path);
    int64_t loading = rig_batch_begin(rig->s, "loading", 1, 1);
    (void)loading;
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES (NULL, 'x')", "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('', 'x')", "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES (printf('%.*c', 129, 'n'), 'x')",
                "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', NULL)",
                "text must not be empty");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', char(32, 10))",
                "text must not be empty");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', 'a' || char(0) || 'b')",
                "hold NUL");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('loading', 'x')",
                "being loaded by another program");
    refused_sql(db, "INSERT INTO enqueue(batch, text, profile) VALUES ('b', 'x', 'no')",
                "no such profile");
    refused_sql(db, "INSERT INTO enqueue(batch, text, weight) VALUES ('b', 'x', 0)", "CHECK");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', x'0102')", "TEXT");
    int64_t batch;
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "b", &batch, e));
    rig_verify(rig);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rig_free(rig);
}

/* ---- reading ----------------------------------------------------------------------------------*/

struct walk {
    int64_t count, last_seq, stop_after;
};

static bool walk_job(const struct store_job_row *row, void *arg) {
    struct walk *walk = arg;
    assert_true(row->seq > walk->last_seq);
    assert_string_equal(row->batch, "b");
    walk->last_seq = row->seq;
    return ++walk->count != walk->stop_after;
}

static void jobs_are_read_in_order(void **state) {
    (void)state;
    struct one_call *c = call_new(2500, 4); /* more than two pages of the reader */
    struct walk walk = {.stop_after = 0};
    rig_batch(c->rig->s, "other", 3, 1, 1);
    OK(store_jobs_each(c->rig->s, c->batch, ~0u, walk_job, &walk, e));
    assert_int_equal(walk.count, 2500);
    struct store_result result = rig_row_result();
    for (int i = 3; i >= 2; i--) { /* answered in another order than put in */
        struct store_settle x = settle_of(&c->w.claims[i], ATTEMPT_ANSWERED, JOB_DONE);
        x.result = &result;
        rig_settle(&c->w, &x);
    }
    walk = (struct walk){.stop_after = 0};
    OK(store_jobs_each(c->rig->s, c->batch, JOB_BIT(JOB_DONE), walk_job, &walk, e));
    assert_int_equal(walk.count, 2);
    walk = (struct walk){.stop_after = 0};
    OK(store_jobs_each(c->rig->s, c->batch, JOB_BIT(JOB_RUNNING), walk_job, &walk, e));
    assert_int_equal(walk.count, 2);
    walk = (struct walk){.stop_after = 1200};
    OK(store_jobs_each(c->rig->s, c->batch, ~0u, walk_job, &walk, e));
    assert_int_equal(walk.count, 1200);
    int64_t changed, in_flight;
    OK(store_cancel(c->rig->s, c->batch, &changed, &in_flight, e)); /* in parts */
    assert_int_equal(changed, 2498);
    assert_int_equal(in_flight, 2);
    call_free(c);
}

static void take_attempt(const struct store_attempt_row *row, void *arg) {
    struct store_attempt_row *list = arg;
    assert_in_range(row->n, 1, 2);
    list[row->n - 1] = *row;
    if (row->error)
        assert_string_equal(row->error, "503");
    if (row->request_id)
        assert_string_equal(row->request_id, "req-1");
}

static void attempts_are_on_record(void **state) {
    (void)state;
    struct one_call *c = call_new(1, 1);
    struct store_settle x = settle_of(&c->w.claims[0], ATTEMPT_REFUSED, JOB_READY);
    struct store_attempt_row row[2];
    x.http_status = 503;
    x.why = "503";
    x.request_id = "req-1";
    x.bytes = 77;
    all_idle(&c->w);
    rig_turn(&c->w, &x, 1);
    rig_free_claims(&c->w);
    OK(store_attempts_each(c->rig->s, x.job_id, take_attempt, row, e));
    assert_int_equal(row[0].outcome, ATTEMPT_REFUSED);
    assert_int_equal(row[0].http_status, 503);
    assert_int_equal(row[0].bytes, 77);
    assert_int_equal(row[0].slot_no, 0);
    assert_true(row[0].claimed_ms > 0 && row[0].started_ms == 5 && row[0].ended_ms == 9);
    assert_int_equal(row[1].outcome, ATTEMPT_SENDING);
    assert_int_equal(row[1].slot_no, -1);
    struct store_open_attempt *open;
    size_t count;
    OK(store_open_attempts(c->rig->s, WORKER, &open, &count, e));
    assert_int_equal(count, 1);
    assert_int_equal(open[0].job_id, x.job_id);
    assert_int_equal(open[0].attempt_no, 2);
    assert_int_equal(open[0].key, c->w.claims[0].key);
    free(open);
    call_free(c);
}

static void count_name(const char *name, void *arg) {
    int *count = arg;
    assert_true(strlen(name) > 0);
    ++*count;
}

static void count_worker(int64_t id, const char *kind, const char *state, void *arg) {
    int *count = arg;
    assert_int_equal(id, WORKER);
    assert_string_equal(kind, "call");
    assert_string_equal(state, "draining");
    ++*count;
}

static void take_worker(const struct store_status_worker *row, void *arg) {
    assert_int_equal(row->pid, getpid());
    *(int64_t *)arg = row->in_flight;
}

static void names_and_workers_are_listed(void **state) {
    (void)state;
    struct one_call *c = call_new(2, 2);
    int names = 0, workers = 0;
    int64_t in_flight = -1;
    struct store_reader reader = {.worker = take_worker, .arg = &in_flight};
    OK(store_batch_names(c->rig->s, count_name, &names, e));
    assert_int_equal(names, 1);
    OK(store_worker_state(c->rig->s, WORKER, "draining", e));
    OK(store_workers_each(c->rig->s, count_worker, &workers, e));
    assert_int_equal(workers, 1);
    OK(store_status(c->rig->s, 0, &reader, e));
    assert_int_equal(in_flight, 2);
    REFUSED(ERR_NOT_FOUND, store_job(c->rig->s, 99999, see_job, NULL, e));
    call_free(c);
}

static void verify_sees_a_wrong_count(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    rig_batch(rig->s, "b", 3, 1, 1);
    OK(store_verify(rig->s, true, e));
    run_sql(rig->path, "UPDATE batch SET n_ready = n_ready + 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    run_sql(rig->path, "UPDATE batch SET n_ready = n_ready - 1, n_uncertain_attempts = 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    run_sql(rig->path, "UPDATE batch SET n_uncertain_attempts = 0, n_ready = 2, n_done = 1");
    run_sql(rig->path, "UPDATE job SET state = 'done' WHERE id = 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    rig_free(rig);
}

static void deep_verify_sees_a_dangling_reference(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    rig_batch(rig->s, "b", 3, 1, 1);
    run_sql(rig->path, "INSERT INTO job_text(job_id, text) VALUES (999, 'of no job')");
    OK(store_verify(rig->s, false, e));
    REFUSED(ERR_CORRUPT, store_verify(rig->s, true, e));
    rig_free(rig);
}

static void a_commit_of_others_is_seen(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t version = store_data_version(rig->s);
    assert_int_equal(store_data_version(rig->s), version);
    run_sql(rig->path, "INSERT INTO enqueue(batch, text) VALUES ('b', 'x')");
    assert_int_not_equal(store_data_version(rig->s), version);
    rig_free(rig);
}

/* Its presence was not seen, its load removed, and the batch's id given to another's. */
static void a_producer_taken_for_dead_reaches_no_other_batch(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store *other = NULL;
    struct store_job_spec job = text_job("late");
    struct store_reap_report report;
    OK(store_open(&other, rig->path, STORE_WRITE, e));
    int64_t mine = rig_batch_begin(rig->s, "mine", 1, 501);
    add_texts(rig->s, mine, "a", "b");
    OK(store_reap(other, 501, true, NULL, 0, &report, e));
    int64_t theirs = rig_batch_begin(other, "theirs", 1, 502);
    assert_int_equal(theirs, mine);
    add_texts(other, theirs, "c", NULL);
    REFUSED(ERR_FAILED, store_batch_add(rig->s, mine, &job, 1, e));
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, mine, e));
    OK(store_batch_abort(rig->s, mine, e)); /* nothing of its own is left */
    add_texts(other, theirs, "d", NULL);
    OK(store_batch_commit(other, theirs, e));
    assert_int_equal(rig_counts_of(other, theirs).total, 2);
    store_close(other);
    rig_verify(rig);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_seen_at_its_commit_only),
        cmocka_unit_test(an_aborted_batch_leaves_nothing),
        cmocka_unit_test(a_dead_producers_batch_is_reaped),
        cmocka_unit_test(a_batch_that_is_being_removed_never_opens),
        cmocka_unit_test(bad_batches_are_refused),
        cmocka_unit_test(the_same_input_is_found_again),
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
        cmocka_unit_test(expired_leases_are_ended),
        cmocka_unit_test(a_dead_workers_work_is_sorted),
        cmocka_unit_test(an_abandoned_calls_slot_is_held),
        cmocka_unit_test(a_cancelled_job_of_a_dead_worker_stays_cancelled),
        cmocka_unit_test(many_batches_fit_into_one_reaping),
        cmocka_unit_test(delayed_jobs_become_ready),
        cmocka_unit_test(a_pause_closes_the_gate),
        cmocka_unit_test(a_stop_waits_for_a_person),
        cmocka_unit_test(requests_keep_their_rate),
        cmocka_unit_test(batches_go_with_their_profile),
        cmocka_unit_test(a_draining_worker_claims_nothing),
        cmocka_unit_test(claims_come_by_priority_and_order),
        cmocka_unit_test(any_program_may_enqueue),
        cmocka_unit_test(bad_sql_enqueues_are_refused),
        cmocka_unit_test(jobs_are_read_in_order),
        cmocka_unit_test(attempts_are_on_record),
        cmocka_unit_test(names_and_workers_are_listed),
        cmocka_unit_test(verify_sees_a_wrong_count),
        cmocka_unit_test(deep_verify_sees_a_dangling_reference),
        cmocka_unit_test(a_commit_of_others_is_seen),
        cmocka_unit_test(a_producer_taken_for_dead_reaches_no_other_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
