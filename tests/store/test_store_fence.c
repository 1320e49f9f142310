/*
 * test_store_fence: the second line of defence. What these cases need cannot be done through the
 * store, so rows are changed behind its back, as a foreign program or a mistake of ours might.
 */
#include "tests/lib/store_rig.h"

#include "store/sqlite/db.h"

#define WORKER 101
#define CALLS 4

static void do_sql(const struct rig *rig, const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(rig->s->db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static void see_state(const struct store_job_row *row, void *arg) {
    struct store_job_row *seen = arg;
    seen->state = row->state;
    seen->attempt_no = row->attempt_no;
}

static struct store_job_row job_of(const struct rig *rig, int64_t job_id) {
    struct store_job_row seen = {.attempt_no = 0};
    OK(store_job(rig->s, job_id, see_state, &seen, e));
    return seen;
}

static struct store_settle settle_of(const struct store_claim *claim) {
    return (struct store_settle){.job_id = claim->job_id,
                                 .attempt_no = claim->attempt_no,
                                 .outcome = ATTEMPT_REFUSED,
                                 .state = JOB_READY,
                                 .slot_no = 0,
                                 .why = "because"};
}

static void claim(struct rig_worker *w) {
    rig_turn(w, NULL, 0);
    rig_free_claims(w);
    w->want.busy += (int32_t)w->want.slot_count;
}

static void an_older_attempt_moves_no_newer_one(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct rig_worker w;
    rig_batch(rig->s, "b", 1, 3, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, CALLS);
    claim(&w);
    struct store_settle first = settle_of(&w.claims[0]);
    rig_settle(&w, &first);
    claim(&w);
    assert_int_equal(w.claims[0].attempt_no, 2);
    do_sql(rig, "UPDATE attempt SET outcome = 'sending' WHERE n = 1"); /* opened again */
    first.outcome = ATTEMPT_FAILED;
    first.state = JOB_FAILED;
    rig_settle(&w, &first);
    struct store_job_row job = job_of(rig, first.job_id);
    assert_int_equal(job.state, JOB_RUNNING);
    assert_int_equal(job.attempt_no, 2);
    rig_verify(rig);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_attempt_moves_no_newer_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
