/* test_store_fair: how batches share an account: weights, priorities, caps of their own. One
 * worker, one job at a time where order is looked at; no clock, no chance. */
#include "tests/lib/store_rig.h"

#include <sqlite3.h>
#include <time.h>

#include "store/sqlite/db.h"

#define WORKER 1
#define CHARS 7

static int64_t batch_with(struct store *s, const char *name, int64_t jobs, int64_t weight,
                          int64_t priority, int64_t cap) {
    static char text[CHARS + 1] = "xxxxxxx";
    const struct store_batch_spec spec = {.name = name,
                                          .profile = "say",
                                          .weight = weight,
                                          .priority = priority,
                                          .cap = cap,
                                          .producer_id = 1};
    struct store_job_spec job = {.text = text, .text_bytes = CHARS, .chars = CHARS};
    int64_t id;
    OK(store_batch_begin(s, &spec, &id, e));
    for (int64_t i = 0; i < jobs; i++)
        OK(store_batch_add(s, id, &job, 1, e));
    OK(store_batch_commit(s, id, e));
    return id;
}

static struct store_settle answered(const struct store_claim *claim, int32_t slot_no,
                                    const struct store_result *result) {
    return (struct store_settle){.job_id = claim->job_id,
                                 .attempt_no = claim->attempt_no,
                                 .outcome = ATTEMPT_ANSWERED,
                                 .state = JOB_DONE,
                                 .slot_no = slot_no,
                                 .started_ms = 5,
                                 .ended_ms = 9,
                                 .result = result};
}

static void worker_of(struct rig *rig, struct rig_worker *w, int32_t calls_max) {
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(w, rig->s, WORKER, rig->account, calls_max);
}

/* Settles what the last turn claimed, and claims anew in the same turn. */
static void next_turn(struct rig_worker *w) {
    struct store_result result = rig_row_result();
    struct store_settle settles[RIG_CALLS_MAX];
    size_t count = w->want.claim_count;
    for (size_t i = 0; i < count; i++)
        settles[i] = answered(&w->claims[i], w->slots[i], &result);
    memcpy(w->idle, w->slots, w->want.slot_count * sizeof *w->idle);
    w->want.idle_count = w->want.slot_count;
    rig_free_claims(w);
    rig_turn(w, settles, count);
}

/* Serves one job at a time; served[id] counts, by batch. */
static void serve_jobs(struct rig_worker *w, int jobs, int served[16]) {
    for (int i = 0; i < jobs; i++) {
        next_turn(w);
        assert_int_equal(w->want.claim_count, 1);
        assert_in_range(w->claims[0].batch_id, 1, 15);
        served[w->claims[0].batch_id]++;
    }
}

static void weights_hold_at_every_moment(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    int64_t heavy = batch_with(rig->s, "heavy", 130, 3, 0, 0);
    int64_t light = batch_with(rig->s, "light", 130, 1, 0, 0);
    worker_of(rig, &w, 1);
    for (int i = 0; i < 160; i++) {
        serve_jobs(&w, 1, served);
        /* never further from 3:1 than one job of each */
        assert_in_range(served[heavy] + 4, 3 * served[light], 3 * served[light] + 8);
    }
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

static void another_weight_counts_from_the_next_job_on(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    int64_t a = batch_with(rig->s, "a", 200, 1, 0, 0), b = batch_with(rig->s, "b", 200, 1, 0, 0);
    struct store_plan plan = {.weight = 4}, before;
    worker_of(rig, &w, 1);
    serve_jobs(&w, 40, served);
    assert_in_range(served[a], 19, 21);
    OK(store_batch_plan(rig->s, b, STORE_PLAN_WEIGHT, &plan, &before, e));
    assert_int_equal(before.weight, 1);
    memset(served, 0, sizeof served);
    serve_jobs(&w, 100, served);
    assert_in_range(served[b], 78, 82);
    OK(store_batch_plan(rig->s, b, 0, NULL, &before, e));
    assert_int_equal(before.weight, 4);
    rig_free_claims(&w);
    REFUSED(ERR_NOT_FOUND, store_batch_plan(rig->s, 99, STORE_PLAN_WEIGHT, &plan, &before, e));
    rig_free(rig);
}

/* While a higher priority was served, the others stood still: who comes afterwards does not wait
 * until they have caught up with it. */
static void priorities_have_virtual_times_of_their_own(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    int64_t old = batch_with(rig->s, "old", 150, 1, 0, 0);
    worker_of(rig, &w, 1);
    serve_jobs(&w, 2, served);
    int64_t urgent = batch_with(rig->s, "urgent", 60, 1, 3, 0);
    serve_jobs(&w, 60, served);
    assert_int_equal(served[urgent], 60);
    int64_t fresh = batch_with(rig->s, "fresh", 20, 1, 0, 0);
    memset(served, 0, sizeof served);
    serve_jobs(&w, 20, served);
    assert_in_range(served[fresh], 9, 11);
    assert_in_range(served[old], 9, 11);
    /* two of the higher priority share between them, too, whenever they came */
    int64_t high_1 = batch_with(rig->s, "high-1", 30, 1, 3, 0);
    serve_jobs(&w, 10, served);
    assert_int_equal(served[high_1], 10);
    int64_t high_2 = batch_with(rig->s, "high-2", 30, 1, 3, 0);
    memset(served, 0, sizeof served);
    serve_jobs(&w, 20, served);
    assert_in_range(served[high_1], 9, 11);
    assert_in_range(served[high_2], 9, 11);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

static void enqueue_by_sql(struct store *s, const char *name, int jobs, int priority) {
    char *sql = sqlite3_mprintf(
        "INSERT INTO enqueue(batch, text, priority) VALUES (%Q, 'xxxxxxx', %d)", name, priority);
    assert_non_null(sql);
    for (int i = 0; i < jobs; i++)
        assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(sql);
}

/* What others of the account were served at another priority is not held against it. */
static void a_batch_that_wakes_through_the_view_is_an_equal(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    int64_t sql;
    worker_of(rig, &w, 1);
    enqueue_by_sql(rig->s, "sql", 1, 3);
    OK(store_batch_by_name(rig->s, "sql", &sql, e));
    serve_jobs(&w, 1, served);
    assert_int_equal(served[sql], 1);
    (void)batch_with(rig->s, "low", 100, 1, 0, 0);
    serve_jobs(&w, 60, served);
    int64_t high = batch_with(rig->s, "high", 30, 1, 3, 0);
    enqueue_by_sql(rig->s, "sql", 30, 3);
    memset(served, 0, sizeof served);
    serve_jobs(&w, 20, served);
    assert_in_range(served[high], 9, 11);
    assert_in_range(served[sql], 9, 11);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

static void a_boosted_batch_goes_first_and_comes_back_as_an_equal(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    int64_t a = batch_with(rig->s, "a", 150, 1, 0, 0), b = batch_with(rig->s, "b", 150, 1, 0, 0);
    struct store_plan plan = {.priority = 7}, before;
    worker_of(rig, &w, 1);
    serve_jobs(&w, 10, served);
    OK(store_batch_plan(rig->s, b, STORE_PLAN_PRIORITY, &plan, &before, e));
    memset(served, 0, sizeof served);
    serve_jobs(&w, 50, served);
    assert_int_equal(served[b], 50);
    OK(store_batch_plan(rig->s, b, STORE_PLAN_PRIORITY, &before, &plan, e));
    assert_int_equal(plan.priority, 7);
    memset(served, 0, sizeof served);
    serve_jobs(&w, 20, served);
    assert_in_range(served[a], 9, 11);
    rig_free_claims(&w);
    rig_free(rig);
}

static void a_batch_stays_below_its_cap_and_others_take_the_rest(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    int64_t capped = batch_with(rig->s, "capped", 20, 1, 5, 2);
    int64_t rest = batch_with(rig->s, "rest", 60, 1, 0, 0);
    worker_of(rig, &w, 8);
    for (int turn = 0; turn < 8; turn++) {
        next_turn(&w);
        assert_int_equal(w.want.claim_count, 8); /* in the very turn that settles */
        assert_int_equal(rig_counts_of(rig->s, capped).count[JOB_RUNNING], 2);
        assert_int_equal(rig_counts_of(rig->s, rest).count[JOB_RUNNING], 6);
        rig_verify(rig);
    }
    rig_free_claims(&w);
    rig_free(rig);
}

static void a_cap_is_changed_while_running(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    int64_t batch = batch_with(rig->s, "b", 60, 1, 0, 0);
    struct store_plan plan = {.cap = 1}, before;
    worker_of(rig, &w, 8);
    next_turn(&w);
    assert_int_equal(w.want.claim_count, 8);
    OK(store_batch_plan(rig->s, batch, STORE_PLAN_CAP, &plan, &before, e));
    assert_int_equal(before.cap, 0);
    assert_int_equal(before.running, 8);
    next_turn(&w);
    assert_int_equal(w.want.claim_count, 1);
    plan.cap = 0;
    OK(store_batch_plan(rig->s, batch, STORE_PLAN_CAP, &plan, &before, e));
    assert_int_equal(before.cap, 1);
    next_turn(&w);
    assert_int_equal(w.want.claim_count, 8);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

/* Who caps a batch again and again, or boosts it to and fro, gets no more and no less for it. */
static void a_change_of_plans_is_no_credit_and_no_penalty(void **state) {
    (void)state;
    static const struct {
        unsigned what;
        struct store_plan to[2];
    } change[] = {
        {STORE_PLAN_CAP, {{.cap = 5}, {.cap = 0}}},
        {STORE_PLAN_CAP, {{.cap = 5}, {.cap = 6}}},
        {STORE_PLAN_CAP, {{.cap = 5}, {.cap = 5}}},
        {STORE_PLAN_PRIORITY, {{.priority = 4}, {.priority = 0}}},
        {STORE_PLAN_WEIGHT, {{.weight = 1}, {.weight = 1}}},
    };
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        struct rig *rig = rig_new(1);
        struct rig_worker w;
        struct store_plan before;
        int served[16] = {0};
        int64_t a = batch_with(rig->s, "a", 130, 1, 0, 0);
        int64_t b = batch_with(rig->s, "b", 130, 1, 0, 0);
        worker_of(rig, &w, 1);
        for (int job = 0; job < 100; job++) {
            serve_jobs(&w, 1, served);
            for (int k = 0; k < 2; k++)
                OK(store_batch_plan(rig->s, b, change[i].what, &change[i].to[k], &before, e));
        }
        assert_in_range(served[a], 49, 51);
        assert_in_range(served[b], 49, 51);
        rig_free_claims(&w);
        rig_verify(rig);
        rig_free(rig);
    }
}

/* What it could not have while its cap kept it back is not made up for. */
static void a_cap_that_is_lifted_leaves_an_equal(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    struct store_plan none = {.cap = 0}, before;
    int64_t capped = batch_with(rig->s, "capped", 150, 1, 0, 1);
    int64_t rest = batch_with(rig->s, "rest", 300, 1, 0, 0);
    worker_of(rig, &w, 8);
    for (int turn = 0; turn < 20; turn++)
        next_turn(&w);
    assert_int_equal(rig_counts_of(rig->s, capped).count[JOB_DONE], 19);
    assert_int_equal(rig_counts_of(rig->s, rest).count[JOB_DONE], 133);
    OK(store_batch_plan(rig->s, capped, STORE_PLAN_CAP, &none, &before, e));
    for (int turn = 0; turn < 11; turn++)
        next_turn(&w);
    int64_t done = rig_counts_of(rig->s, capped).count[JOB_DONE];
    assert_in_range(done - 20, 36, 44); /* half of the 80 since then, within a turn's run */
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

/* A full one costs nothing: a claim reads only batches that it could serve. */
static void full_batches_are_no_candidates(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    char name[16];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "full-%d", i);
        batch_with(rig->s, name, 3, 1, 1, 1);
    }
    int64_t last = batch_with(rig->s, "last", 3, 1, 0, 0);
    worker_of(rig, &w, 4);
    next_turn(&w);
    assert_int_equal(w.want.claim_count, 4);
    assert_int_equal(w.claims[3].batch_id, last);
    rig_free_claims(&w);
    rig_free(rig);
}

/* ---- starts -----------------------------------------------------------------------------------*/

static int64_t batch_from(struct store *s, const char *name, int64_t jobs, int64_t start_ms) {
    const struct store_batch_spec spec = {
        .name = name, .profile = "say", .weight = 1, .start_ms = start_ms, .producer_id = 1};
    struct store_job_spec job = {.text = "x", .text_bytes = 1, .chars = 1, .start_ms = start_ms};
    int64_t id;
    OK(store_batch_begin(s, &spec, &id, e));
    for (int64_t i = 0; i < jobs; i++)
        OK(store_batch_add(s, id, &job, 1, e));
    OK(store_batch_commit(s, id, e));
    return id;
}

static void a_start_is_by_the_wall_clock(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t later = batch_from(rig->s, "later", 3, clock_wall_ms() + 3600000);
    int64_t past = batch_from(rig->s, "past", 5, clock_wall_ms() - 1); /* as if the clock was set */
    int64_t next;
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(rig_counts_of(rig->s, past).count[JOB_READY], 5);
    assert_int_equal(rig_counts_of(rig->s, later).count[JOB_DELAYED], 3);
    assert_true(next < clock_boot_ms() + 60000); /* who sets the clock is seen soon */
    rig_verify(rig);
    rig_free(rig);
}

static void a_large_start_comes_in_parts(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t batch = batch_from(rig->s, "many", 1200, clock_wall_ms() - 1), next;
    batch_from(rig->s, "other", 2, clock_wall_ms() + 3600000);
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 1000);
    assert_true(next <= clock_boot_ms()); /* it says that it wants to go on */
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 1200);
    rig_verify(rig);
    rig_free(rig);
}

static int64_t count_of(const struct rig *rig, int64_t batch, enum job_state state) {
    return rig_counts_of(rig->s, batch).count[state];
}

/* What a person does and undoes before the time has come leaves it as it was. */
static void the_time_of_a_start_outlives_hold_and_cancel(void **state) {
    (void)state;
    static const enum store_change there_and_back[][2] = {
        {STORE_HOLD, STORE_RELEASE}, {STORE_HOLD, STORE_RETRY}, {STORE_CANCEL, STORE_RETRY}};
    struct rig *rig = rig_new(4);
    int64_t start_ms = clock_wall_ms() + 3600000, next;
    int64_t batch = batch_from(rig->s, "b", 3, start_ms);
    const struct store_selection all = {.batch_id = batch};
    struct store_changed changed;
    for (size_t i = 0; i < sizeof there_and_back / sizeof *there_and_back; i++) {
        OK(store_change(rig->s, &all, there_and_back[i][0], false, &changed, e));
        assert_int_equal(count_of(rig, batch, JOB_DELAYED), 0);
        OK(store_change(rig->s, &all, there_and_back[i][1], true, &changed, e));
        assert_int_equal(changed.waiting, 3);
        OK(store_change(rig->s, &all, there_and_back[i][1], false, &changed, e));
        assert_int_equal(changed.jobs, 3);
        assert_int_equal(changed.waiting, 3);
        assert_int_equal(changed.until_ms, start_ms);
        OK(store_tidy(rig->s, &next, e));
        assert_int_equal(count_of(rig, batch, JOB_DELAYED), 3);
        rig_verify(rig);
    }
    OK(store_change(rig->s, &all, STORE_START, false, &changed, e));
    assert_int_equal(count_of(rig, batch, JOB_READY), 3);
    rig_verify(rig);
    rig_free(rig);
}

static int looks_of(struct store *s) {
    sqlite3_stmt *look = s->stmt[Q_job_look]; /* NULL: not prepared yet */
    return look ? sqlite3_stmt_status(look, SQLITE_STMTSTATUS_RUN, 1) : 0;
}

/* A million ready jobs are held without a look at each; but what more is asked of them is asked. */
static void ready_jobs_are_looked_at_only_for_a_filter(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t batch = batch_with(rig->s, "b", 5, 1, 0, 0);
    const struct store_selection all = {.batch_id = batch},
                                 by_why = {.batch_id = batch, .why = "HTTP 500"},
                                 by_error = {.batch_id = batch, .error = "reset"},
                                 by_status = {
                                     .batch_id = batch, .status_from = 500, .status_to = 599};
    const struct store_selection *const filters[] = {&by_why, &by_error, &by_status};
    struct store_changed changed;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        OK(store_change(rig->s, filters[i], STORE_HOLD, false, &changed, e));
        assert_int_equal(changed.jobs, 0);
        assert_int_equal(looks_of(rig->s), 5);
    }
    OK(store_change(rig->s, &all, STORE_HOLD, true, &changed, e));
    assert_int_equal(changed.jobs, 5);
    OK(store_change(rig->s, &all, STORE_HOLD, false, &changed, e));
    assert_int_equal(changed.jobs, 5);
    assert_int_equal(looks_of(rig->s), 0);
    assert_int_equal(count_of(rig, batch, JOB_HELD), 5);
    OK(store_change(rig->s, &all, STORE_RELEASE, false, &changed, e));
    assert_int_equal(looks_of(rig->s), 5); /* what was held may have a time to wait for */
    rig_verify(rig);
    rig_free(rig);
}

static void a_delay_goes_on_where_it_was(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    const struct store_batch_spec spec = {
        .name = "b", .profile = "say", .weight = 1, .producer_id = 1};
    struct store_job_spec jobs[] = {{.text = "x", .text_bytes = 1, .chars = 1, .delay_ms = 3600000},
                                    {.text = "x", .text_bytes = 1, .chars = 1, .delay_ms = 20},
                                    {.text = "x", .text_bytes = 1, .chars = 1}};
    struct store_changed changed;
    int64_t batch, next, before_ms = clock_wall_ms();
    OK(store_batch_begin(rig->s, &spec, &batch, e));
    OK(store_batch_add(rig->s, batch, jobs, 3, e));
    OK(store_batch_commit(rig->s, batch, e));
    const struct store_selection all = {.batch_id = batch};
    OK(store_change(rig->s, &all, STORE_HOLD, false, &changed, e));
    assert_int_equal(changed.jobs, 3);
    struct timespec while_it_passes = {.tv_nsec = 30000000};
    (void)nanosleep(&while_it_passes, NULL);
    OK(store_change(rig->s, &all, STORE_RELEASE, false, &changed, e));
    assert_int_equal(changed.waiting, 1);
    assert_in_range(changed.until_ms, before_ms + 3600000, clock_wall_ms() + 3600000);
    assert_int_equal(count_of(rig, batch, JOB_READY), 2);
    OK(store_tidy(rig->s, &next, e));
    assert_int_equal(count_of(rig, batch, JOB_DELAYED), 1);
    assert_in_range(next - clock_boot_ms(), 3590000, 3600001);
    rig_verify(rig);
    rig_free(rig);
}

static void guest_is_on(struct store *s, const char *account) {
    const struct store_account_config accounts[] = {rig_account("acme", 1),
                                                    rig_account("other", 1)};
    const struct store_profile_config guest = rig_profile("guest", account);
    rig_settings(s, accounts, 2, &guest, 1);
}

/* An account's virtual time is that of priority 0: a batch of another priority that comes from
 * another account does not wait until its own has caught up with it. */
static void a_batch_moves_to_the_virtual_time_of_its_priority(void **state) {
    (void)state;
    struct rig *rig = rig_new(1);
    struct rig_worker w;
    int served[16] = {0};
    (void)batch_with(rig->s, "old", 60, 1, 0, 0);
    worker_of(rig, &w, 1);
    serve_jobs(&w, 50, served);
    guest_is_on(rig->s, "other");
    int64_t here = batch_with(rig->s, "here", 30, 1, 3, 0);
    (void)rig_sql(rig->path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                             "WHERE i < 30) INSERT INTO enqueue(batch, text, profile, priority) "
                             "SELECT 'comes', 'xxxxxxx', 'guest', 3 FROM n");
    guest_is_on(rig->s, "acme");
    serve_jobs(&w, 20, served);
    assert_in_range(served[here], 9, 11);
    assert_in_range(served[here + 1], 9, 11);
    rig_free_claims(&w);
    rig_verify(rig);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_hold_at_every_moment),
        cmocka_unit_test(another_weight_counts_from_the_next_job_on),
        cmocka_unit_test(priorities_have_virtual_times_of_their_own),
        cmocka_unit_test(a_batch_moves_to_the_virtual_time_of_its_priority),
        cmocka_unit_test(a_boosted_batch_goes_first_and_comes_back_as_an_equal),
        cmocka_unit_test(a_batch_that_wakes_through_the_view_is_an_equal),
        cmocka_unit_test(a_batch_stays_below_its_cap_and_others_take_the_rest),
        cmocka_unit_test(a_cap_is_changed_while_running),
        cmocka_unit_test(a_change_of_plans_is_no_credit_and_no_penalty),
        cmocka_unit_test(a_cap_that_is_lifted_leaves_an_equal),
        cmocka_unit_test(full_batches_are_no_candidates),
        cmocka_unit_test(a_start_is_by_the_wall_clock),
        cmocka_unit_test(a_large_start_comes_in_parts),
        cmocka_unit_test(the_time_of_a_start_outlives_hold_and_cancel),
        cmocka_unit_test(a_delay_goes_on_where_it_was),
        cmocka_unit_test(ready_jobs_are_looked_at_only_for_a_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
