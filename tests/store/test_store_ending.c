/*
 * test_store_ending: each end of a batch is written once, in the transaction that brings it about,
 * and what it sets off goes from waiting to done or failed.
 */
#include "tests/lib/store_rig.h"

#include "store/ending.h"

#define WORKER 101
#define JOBS 3

struct fixture {
    struct rig *rig;
    struct rig_worker w;
    int64_t batch;
};

struct rows { /* what store_endings_of shows */
    struct store_ending row[STORE_ENDINGS_MAX];
    char target[STORE_ENDINGS_MAX][64], why[STORE_ENDINGS_MAX][STORE_WHY_MAX + 1];
    int count;
    int64_t ended_ms;
};

static void take(const struct store_ending *row, void *arg) {
    struct rows *r = arg;
    assert_true(r->count < STORE_ENDINGS_MAX);
    (void)snprintf(r->target[r->count], sizeof r->target[0], "%s", row->target);
    (void)snprintf(r->why[r->count], sizeof r->why[0], "%s", row->why ? row->why : "");
    r->row[r->count++] = *row;
}

static struct rows rows_of(const struct fixture *f) {
    struct rows r = {.count = 0};
    OK(store_endings_of(f->rig->s, f->batch, &r.ended_ms, take, &r, e));
    return r;
}

static struct rows due(const struct fixture *f, enum ending_kind kind) {
    struct rows r = {.count = 0};
    OK(store_endings_due(f->rig->s, kind, STORE_ENDINGS_MAX, take, &r, e));
    return r;
}

/* A batch that sets off `on_done` and `notify`, and a worker that has claimed its jobs. */
static struct fixture *begin(const char *on_done, const char *notify) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->rig = rig_new(JOBS);
    struct store_batch_spec spec = {.name = "b",
                                    .profile = "say",
                                    .weight = 1,
                                    .producer_id = 1,
                                    .on_done = on_done,
                                    .notify = notify};
    struct store_job_spec jobs[JOBS];
    OK(store_batch_begin(f->rig->s, &spec, &f->batch, e));
    for (int i = 0; i < JOBS; i++)
        jobs[i] = (struct store_job_spec){.text = "x", .text_bytes = 1, .chars = 1};
    OK(store_batch_add(f->rig->s, f->batch, jobs, JOBS, e));
    OK(store_batch_commit(f->rig->s, f->batch, e));
    rig_worker(f->rig->s, WORKER, "call");
    rig_worker_init(&f->w, f->rig->s, WORKER, f->rig->account, JOBS);
    rig_turn(&f->w, NULL, 0);
    assert_int_equal(f->w.want.claim_count, JOBS);
    return f;
}

static void end(struct fixture *f) {
    rig_free_claims(&f->w);
    rig_verify(f->rig);
    rig_free(f->rig);
    free(f);
}

static void settle(struct fixture *f, int claim, enum job_state state) {
    struct store_result result = rig_row_result();
    struct store_settle x = {.job_id = f->w.claims[claim].job_id,
                             .attempt_no = f->w.claims[claim].attempt_no,
                             .outcome = state == JOB_DONE ? ATTEMPT_ANSWERED : ATTEMPT_FAILED,
                             .state = state,
                             .slot_no = -1,
                             .started_ms = 1,
                             .ended_ms = 2,
                             .result = state == JOB_DONE ? &result : NULL};
    rig_settle(&f->w, &x);
}

static void settle_all(struct fixture *f, enum job_state last) {
    for (int i = 0; i < JOBS; i++)
        settle(f, i, i == JOBS - 1 ? last : JOB_DONE);
}

static void the_last_job_is_the_end(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", "https://example.org/hook");
    settle(f, 0, JOB_DONE);
    settle(f, 1, JOB_FAILED);
    assert_int_equal(rows_of(f).count, 0);
    assert_int_equal(rows_of(f).ended_ms, 0);
    settle(f, 2, JOB_DONE);
    struct rows r = rows_of(f);
    assert_int_equal(r.count, 2);
    assert_true(r.ended_ms > 0);
    for (int i = 0; i < r.count; i++) {
        assert_int_equal(r.row[i].end_no, 1);
        assert_int_equal(r.row[i].done, 2);
        assert_int_equal(r.row[i].failed, 1);
        assert_int_equal(r.row[i].state, ENDING_WAITING);
        assert_int_equal(r.row[i].key, r.row[0].key);
        assert_int_equal(r.row[i].code, -1);
    }
    assert_int_equal(r.row[0].kind, ENDING_COMMAND);
    assert_string_equal(r.target[0], "/bin/true");
    assert_string_equal(r.target[1], "https://example.org/hook");
    end(f);
}

static void a_retry_opens_it_again(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", NULL);
    int64_t changed = 0;
    settle_all(f, JOB_FAILED);
    struct rows first = rows_of(f);
    OK(rig_retry(f->rig->s, f->batch, 0, &changed, e));
    assert_int_equal(changed, 1);
    assert_int_equal(rows_of(f).ended_ms, 0);
    rig_free_claims(&f->w);
    for (int32_t i = 0; i < JOBS; i++)
        f->w.idle[i] = i;
    f->w.want.idle_count = JOBS;
    rig_turn(&f->w, NULL, 0);
    assert_int_equal(f->w.want.claim_count, 1);
    settle(f, 0, JOB_DONE);
    struct rows r = rows_of(f);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.row[1].end_no, 2);
    assert_int_equal(r.row[1].failed, 0);
    assert_int_not_equal(r.row[1].key, first.row[0].key);
    end(f);
}

/* Its answers are there, and no call is to be made: what follows the end follows it. */
static void a_retry_of_what_was_answered_after_a_cancel_is_an_end(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", NULL);
    int64_t changed = 0, in_flight = 0;
    OK(rig_cancel(f->rig->s, f->batch, &changed, &in_flight, e));
    assert_int_equal(rows_of(f).row[0].cancelled, JOBS);
    settle_all(f, JOB_DONE);
    assert_int_equal(rows_of(f).count, 1);
    OK(rig_retry(f->rig->s, f->batch, JOB_BIT(JOB_CANCELLED), &changed, e));
    struct rows r = rows_of(f);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.row[1].done, JOBS);
    end(f);
}

static void held_is_an_end_once_and_released_another(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", NULL);
    int64_t changed = 0, in_flight = 0;
    settle_all(f, JOB_HELD);
    struct rows r = rows_of(f);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.row[0].held, 1);
    OK(rig_cancel(f->rig->s, f->batch, &changed, &in_flight, e)); /* the held one: now it is over */
    r = rows_of(f);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.row[1].held, 0);
    assert_int_equal(r.row[1].cancelled, 1);
    end(f);
}

static void nothing_is_set_off_where_nothing_is_asked_for(void **state) {
    (void)state;
    struct fixture *f = begin(NULL, NULL);
    settle_all(f, JOB_DONE);
    assert_int_equal(rows_of(f).count, 0);
    assert_true(rows_of(f).ended_ms > 0);
    end(f);
}

static void the_configuration_speaks_for_who_says_nothing(void **state) {
    (void)state;
    struct fixture *f = begin(NULL, "");
    OK(store_ending_defaults(f->rig->s, "/bin/default", "https://example.org/default", e));
    OK(store_ending_defaults(f->rig->s, "/bin/default", "https://example.org/default", e));
    settle_all(f, JOB_DONE);
    struct rows r = rows_of(f);
    assert_int_equal(r.count, 1); /* "" is a word of its own: nothing */
    assert_string_equal(r.target[0], "/bin/default");
    end(f);
}

static void a_try_goes_from_waiting_to_over(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", NULL);
    int64_t next = 0;
    OK(store_endings_next(f->rig->s, &next, e));
    assert_int_equal(next, INT64_MAX);
    settle_all(f, JOB_DONE);
    assert_int_equal(due(f, ENDING_WEBHOOK).count, 0);
    struct rows r = due(f, ENDING_COMMAND);
    assert_int_equal(r.count, 1);
    int64_t id = r.row[0].id;
    OK(store_ending_begin(f->rig->s, id, e));
    REFUSED(ERR_NOT_FOUND, store_ending_begin(f->rig->s, id, e));
    assert_int_equal(due(f, ENDING_COMMAND).count, 0);
    const struct store_ending_over later = {
        .id = id, .state = ENDING_WAITING, .delay_ms = 60000, .code = 3, .why = "exit status 3"};
    OK(store_ending_over(f->rig->s, &later, e));
    assert_int_equal(due(f, ENDING_COMMAND).count, 0);
    OK(store_endings_next(f->rig->s, &next, e));
    assert_true(next > clock_boot_ms());
    r = rows_of(f);
    assert_int_equal(r.row[0].tries, 1);
    assert_int_equal(r.row[0].code, 3);
    assert_string_equal(r.why[0], "exit status 3");
    end(f);
}

static void what_a_dead_process_had_begun_is_done_again(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", NULL);
    settle_all(f, JOB_DONE);
    int64_t id = due(f, ENDING_COMMAND).row[0].id;
    OK(store_ending_begin(f->rig->s, id, e));
    OK(store_endings_take_back(f->rig->s, e));
    struct rows r = due(f, ENDING_COMMAND);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.row[0].tries, 1);
    OK(store_ending_begin(f->rig->s, id, e));
    OK(store_ending_over(
        f->rig->s, &(struct store_ending_over){.id = id, .state = ENDING_DONE, .code = 0}, e));
    OK(store_endings_take_back(f->rig->s, e));
    r = rows_of(f);
    assert_int_equal(r.row[0].state, ENDING_DONE);
    assert_int_equal(r.row[0].tries, 2);
    end(f);
}

static void on_gone(const struct store_pruned_answer *answer, void *arg) {
    (void)answer;
    (void)arg;
}

/* A webhook that still waits is not forgotten with its batch, but its row goes when it is over. */
static void what_is_over_goes_with_its_batch(void **state) {
    (void)state;
    struct fixture *f = begin("/bin/true", "https://example.org/hook");
    settle_all(f, JOB_DONE);
    struct rows r = rows_of(f);
    struct store_ending_over over = {.id = r.row[0].id, .state = ENDING_DONE, .code = 0};
    OK(store_ending_begin(f->rig->s, over.id, e));
    OK(store_ending_over(f->rig->s, &over, e));
    assert_int_equal(rows_of(f).count, 2);
    OK(store_prune_begin(f->rig->s, f->batch, true, e));
    OK(store_prune_go_on(f->rig->s, on_gone, NULL, e));
    r = due(f, ENDING_WEBHOOK);
    assert_int_equal(r.count, 1);
    assert_int_equal(rows_of(f).count, 1);
    over.id = r.row[0].id;
    OK(store_ending_begin(f->rig->s, over.id, e));
    OK(store_ending_over(f->rig->s, &over, e));
    assert_int_equal(rows_of(f).count, 0);
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_job_is_the_end),
        cmocka_unit_test(a_retry_opens_it_again),
        cmocka_unit_test(a_retry_of_what_was_answered_after_a_cancel_is_an_end),
        cmocka_unit_test(held_is_an_end_once_and_released_another),
        cmocka_unit_test(nothing_is_set_off_where_nothing_is_asked_for),
        cmocka_unit_test(the_configuration_speaks_for_who_says_nothing),
        cmocka_unit_test(a_try_goes_from_waiting_to_over),
        cmocka_unit_test(what_a_dead_process_had_begun_is_done_again),
        cmocka_unit_test(what_is_over_goes_with_its_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
