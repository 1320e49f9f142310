/*
 * test_store_read: what the store shows: jobs in their order, attempts, names, workers; and what
 * `ttsq check` finds.
 */
#include "tests/lib/store_call.h"

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
    OK(rig_cancel(c->rig->s, c->batch, &changed, &in_flight, e)); /* in parts */
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
    rig_sql(rig->path, "UPDATE batch SET n_ready = n_ready + 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    rig_sql(rig->path, "UPDATE batch SET n_ready = n_ready - 1, n_uncertain_attempts = 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    rig_sql(rig->path, "UPDATE batch SET n_uncertain_attempts = 0, n_ready = 2, n_done = 1");
    rig_sql(rig->path, "UPDATE job SET state = 'done' WHERE id = 1");
    REFUSED(ERR_CORRUPT, store_verify(rig->s, false, e));
    rig_free(rig);
}

static void deep_verify_sees_a_dangling_reference(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    rig_batch(rig->s, "b", 3, 1, 1);
    rig_sql(rig->path, "INSERT INTO job_text(job_id, text) VALUES (999, 'of no job')");
    OK(store_verify(rig->s, false, e));
    REFUSED(ERR_CORRUPT, store_verify(rig->s, true, e));
    rig_free(rig);
}

static void a_commit_of_others_is_seen(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t version = store_data_version(rig->s);
    assert_int_equal(store_data_version(rig->s), version);
    rig_sql(rig->path, "INSERT INTO enqueue(batch, text) VALUES ('b', 'x')");
    assert_int_not_equal(store_data_version(rig->s), version);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_read_in_order),
        cmocka_unit_test(attempts_are_on_record),
        cmocka_unit_test(names_and_workers_are_listed),
        cmocka_unit_test(verify_sees_a_wrong_count),
        cmocka_unit_test(deep_verify_sees_a_dangling_reference),
        cmocka_unit_test(a_commit_of_others_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
