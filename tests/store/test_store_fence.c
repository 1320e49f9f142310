/*
 * test_store_fence: cases that mutants found untested. Where one cannot be made through the store,
 * rows are changed behind its back, as a foreign program or a mistake of ours might.
 */
#include "tests/lib/store_rig.h"

#include "store/sqlite/db.h"

#define WORKER 101
#define OTHER 102
#define CALLS 4
#define TURN 6
#define CHARS 1000

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

static void count_needless(const struct store_audit_attempt *row, void *arg) {
    *(int *)arg += row->needless;
}

static void settle_answered(struct rig_worker *w, const struct store_claim *claim) {
    struct store_result result = rig_row_result();
    struct store_settle x = settle_of(claim);
    x.outcome = ATTEMPT_ANSWERED;
    x.state = JOB_DONE;
    x.why = NULL;
    x.result = &result;
    rig_settle(w, &x);
    rig_settle(w, &x);
}

/* The late answer ends the job that another worker has claimed ahead; that one is not told. */
static void a_call_that_a_late_answer_made_needless_is_on_record(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct rig_worker w, other;
    struct store_reap_report report;
    int64_t batch = rig_batch(rig->s, "b", 1, 3, 1);
    int needless = 0;
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, CALLS);
    claim(&w);
    OK(store_reap(rig->s, WORKER, NULL, &report, e));
    rig_worker(rig->s, OTHER, "call");
    rig_worker_init(&other, rig->s, OTHER, rig->account, CALLS);
    claim(&other);
    assert_int_equal(other.claims[0].attempt_no, 2);
    settle_answered(&w, &w.claims[0]);
    OK(store_audit_attempts(rig->s, count_needless, &needless, e));
    assert_int_equal(needless, 0);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_DONE], 1);
    settle_answered(&other, &other.claims[0]);
    OK(store_audit_attempts(rig->s, count_needless, &needless, e));
    assert_int_equal(needless, 1);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_DONE], 1);
    /* known for what it is, and nobody's */
    assert_int_equal(rig_sql(rig->path, "SELECT count(*) FROM result WHERE unshared = 1"), 1);
    assert_int_equal(rig_sql(rig->path, "SELECT r.unshared FROM job j JOIN result r ON r.id = "
                                        "j.result_id"),
                     0);
    rig_verify(rig);
    rig_free(rig);
}

/* Ends the calls in flight as failed, and claims as many again. */
static void fail_and_claim(struct rig_worker *w) {
    struct store_settle x[TURN];
    size_t count = w->want.claim_count;
    for (size_t i = 0; i < count; i++) {
        x[i] = settle_of(&w->claims[i]);
        x[i].outcome = ATTEMPT_FAILED;
        x[i].state = JOB_FAILED;
    }
    memcpy(w->idle, w->slots, sizeof w->idle);
    w->want.idle_count = w->want.slot_count;
    w->want.busy = 0;
    rig_turn(w, x, count);
    rig_free_claims(w);
}

/* Time slept is no credit: what wakes up behind a long batch shares with it. */
static void a_batch_that_wakes_up_does_not_go_before_all(void **state) {
    (void)state;
    struct rig *rig = rig_new(TURN);
    struct rig_worker w;
    int64_t changed;
    size_t woken = 0;
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, TURN);
    int64_t slept = rig_batch(rig->s, "slept", TURN, CHARS, 1);
    fail_and_claim(&w);
    rig_batch(rig->s, "long", 10 * TURN, CHARS, 1);
    for (int i = 0; i < 4; i++)
        fail_and_claim(&w);
    OK(rig_retry(rig->s, slept, JOB_BIT(JOB_FAILED), &changed, e));
    assert_int_equal(changed, TURN);
    fail_and_claim(&w);
    assert_int_equal(w.want.claim_count, TURN);
    for (size_t i = 0; i < TURN; i++)
        woken += w.claims[i].batch_id == slept;
    assert_in_range(woken, 1, TURN / 2 + 1);
    rig_free(rig);
}

/* A second account, with a batch of one job; its id. */
static int64_t other_account(struct store *s, int64_t *batch) {
    const struct store_account_config accounts[] = {rig_account("acme", CALLS),
                                                    rig_account("other", CALLS)};
    const struct store_profile_config profiles[] = {rig_profile("say", "acme"),
                                                    rig_profile("long", "other")};
    const struct store_batch_spec spec = {
        .name = "long", .profile = "long", .weight = 1, .producer_id = 1};
    const struct store_job_spec job = {.text = "x", .text_bytes = 1, .chars = 1};
    int64_t account = 0;
    rig_settings(s, accounts, 2, profiles, 2);
    OK(store_account_id(s, "other", &account, e));
    OK(store_batch_begin(s, &spec, batch, e));
    OK(store_batch_add(s, *batch, &job, 1, e));
    OK(store_batch_commit(s, *batch, e));
    return account;
}

/* A frozen worker's leases end by account: where calls may take longer, they are not given up. */
static void a_lease_that_ends_leaves_calls_on_other_accounts_alone(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct rig_worker w, w_other;
    char sql[128];
    int64_t long_batch, batch = rig_batch(rig->s, "b", 1, 3, 1);
    int64_t other = other_account(rig->s, &long_batch);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, CALLS);
    rig_worker_init(&w_other, rig->s, WORKER, other, CALLS);
    claim(&w);
    claim(&w_other);
    (void)snprintf(sql, sizeof sql, "UPDATE lease SET until_boot_ms = 1 WHERE account_id = %lld",
                   (long long)rig->account);
    do_sql(rig, sql);
    rig_reap_frozen(rig->s);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 1);
    assert_int_equal(rig_counts_of(rig->s, batch).uncertain, 1);
    assert_int_equal(rig_counts_of(rig->s, long_batch).count[JOB_RUNNING], 1);
    rig_turn(&w_other, NULL, 0);
    assert_false(w_other.want.lost);
    rig_verify(rig);
    rig_free(rig);
}

/* Its marks are read when its calls must be over, so what has none was never sent and will
 * not be. */
static void what_a_frozen_worker_had_not_sent_is_free(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct rig_worker w;
    struct store_reap_report report;
    int64_t worker_id = 0, account_id = 0, batch = rig_batch(rig->s, "b", 2, 3, 1);
    bool found = true;
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, CALLS);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 2);
    OK(store_frozen(rig->s, &worker_id, &account_id, &found, e));
    assert_false(found);
    do_sql(rig, "UPDATE lease SET until_boot_ms = 1");
    OK(store_frozen(rig->s, &worker_id, &account_id, &found, e));
    assert_true(found && worker_id == WORKER && account_id == rig->account);
    const struct store_sent_mark sent = {.job_id = w.claims[0].job_id,
                                         .attempt_no = w.claims[0].attempt_no,
                                         .account_id = rig->account,
                                         .slot_no = w.want.slots[0]};
    OK(store_reap_frozen(rig->s, WORKER, rig->account, &(struct store_sent){&sent, 1}, &report, e));
    assert_int_equal(report.uncertain, 1);
    assert_int_equal(report.freed, 1);
    assert_int_equal(report.slots_freed, 2);
    assert_int_equal(rig_counts_of(rig->s, batch).uncertain, 1);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 2);
    OK(store_reap_frozen(rig->s, WORKER, rig->account, &(struct store_sent){0}, &report, e));
    assert_int_equal(report.freed + report.uncertain, 0);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

/* It was seen without leases, and has renewed them since: what it does not say of its calls means
 * nothing then, whatever became of a slot that an abandoned call of it held. */
static void who_wakes_in_time_keeps_its_calls(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct rig_worker w;
    struct store_reap_report report;
    int64_t batch = rig_batch(rig->s, "b", 2, 3, 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, CALLS);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 2);
    do_sql(rig, "UPDATE lease SET held = 1, until_boot_ms = 1 WHERE slot_no = 0");
    OK(store_reap_frozen(rig->s, WORKER, rig->account, &(struct store_sent){0}, &report, e));
    assert_int_equal(report.freed + report.uncertain + report.slots_freed, 0);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_RUNNING], 2);
    rig_free_claims(&w);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_attempt_moves_no_newer_one),
        cmocka_unit_test(a_call_that_a_late_answer_made_needless_is_on_record),
        cmocka_unit_test(a_lease_that_ends_leaves_calls_on_other_accounts_alone),
        cmocka_unit_test(what_a_frozen_worker_had_not_sent_is_free),
        cmocka_unit_test(who_wakes_in_time_keeps_its_calls),
        cmocka_unit_test(a_batch_that_wakes_up_does_not_go_before_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
