/*
 * store_call: a store with one batch, one worker and its first claim: where the tests of what
 * becomes of a call begin.
 */
#ifndef TESTS_LIB_STORE_CALL_H
#define TESTS_LIB_STORE_CALL_H

#include "tests/lib/store_rig.h"

#define WORKER 101
#define OTHER 102

struct one_call { /* a store with one batch, one worker and its first claim */
    struct rig *rig;
    struct rig_worker w;
    int64_t batch;
};

static inline struct one_call *call_new(size_t jobs, int32_t calls_max) {
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

static inline void call_free(struct one_call *c) {
    rig_verify(c->rig);
    rig_free(c->rig);
    free(c);
}

static inline struct store_settle settle_of(const struct store_claim *claim,
                                            enum attempt_outcome outcome, enum job_state state) {
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

static inline void see_job(const struct store_job_row *row, void *arg) {
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

static inline struct seen job_of(struct store *s, int64_t job_id) {
    struct seen seen;
    OK(store_job(s, job_id, see_job, &seen, e));
    return seen;
}

/* Its lease ran out, the keeper gave it up, the answer came after all. */
static inline void give_up(struct one_call *c) {
    struct store_reap_report report;
    OK(store_reap(c->rig->s, WORKER, NULL, &report, e));
    assert_int_equal(report.uncertain, 1);
    assert_int_equal(rig_counts_of(c->rig->s, c->batch).uncertain, 1);
    rig_verify(c->rig);
}

/* Every call is over: what was busy is idle now. */
static inline void all_idle(struct rig_worker *w) {
    memcpy(w->idle, w->slots, sizeof w->idle);
    w->want.idle_count = w->want.slot_count;
    w->want.busy = 0;
}

#endif
