/*
 * test_store_prune: a batch that is pruned is gone for everybody who had found it before, and its
 * number is not given again.
 */
#include "tests/lib/store_rig.h"

#include <limits.h>
#include <sys/stat.h>

#include "store/sqlite/db.h"

#define WORKER 101
#define CALLS 4

struct fixture {
    struct rig *rig;
    struct rig_worker w;
    struct store_result result;
};

static struct fixture *begin(void) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->rig = rig_new(CALLS);
    rig_worker(f->rig->s, WORKER, "call");
    rig_worker_init(&f->w, f->rig->s, WORKER, f->rig->account, CALLS);
    f->result = rig_row_result();
    return f;
}

static void end(struct fixture *f) {
    OK(store_verify(f->rig->s, true, e));
    rig_free_claims(&f->w);
    rig_free(f->rig);
    free(f);
}

static struct store_batch_spec spec_of(const char *name, int64_t producer) {
    return (struct store_batch_spec){.name = name,
                                     .profile = "say",
                                     .weight = 1,
                                     .producer_id = producer,
                                     .on_done = "/bin/true"};
}

/* A batch of one job whose end sets something off. */
static int64_t load(const struct fixture *f, const char *name) {
    const struct store_job_spec job = {.text = "x", .text_bytes = 1, .chars = 1};
    const struct store_batch_spec spec = spec_of(name, 1);
    int64_t id;
    OK(store_batch_begin(f->rig->s, &spec, &id, e));
    OK(store_batch_add(f->rig->s, id, &job, 1, e));
    OK(store_batch_commit(f->rig->s, id, e));
    return id;
}

/* Every job that is ready is called and becomes `state`. */
static void call_all(struct fixture *f, enum job_state state) {
    bool good = state == JOB_DONE;
    rig_turn(&f->w, NULL, 0);
    for (size_t i = 0; i < f->w.want.claim_count; i++) {
        const struct store_settle settle = {.job_id = f->w.claims[i].job_id,
                                            .attempt_no = f->w.claims[i].attempt_no,
                                            .outcome = good ? ATTEMPT_ANSWERED : ATTEMPT_FAILED,
                                            .state = state,
                                            .slot_no = f->w.slots[i],
                                            .result = good ? &f->result : NULL};
        rig_settle(&f->w, &settle);
        f->w.idle[i] = f->w.slots[i];
    }
    rig_free_claims(&f->w);
    f->w.want.idle_count = f->w.want.claim_count;
    f->w.want.claim_count = 0;
}

static void no_bytes(const struct store_pruned_answer *answer, void *arg) {
    (void)arg;
    fail_msg("%s: all answers are rows", answer->path);
}

static void go_on(const struct fixture *f) {
    OK(store_prune_go_on(f->rig->s, no_bytes, NULL, e));
}

/* A load that is given up takes its number with it; the number below it must not be free. */
static void a_number_is_not_given_again_behind_a_load(void **state) {
    (void)state;
    struct fixture *f = begin();
    const struct store_batch_spec spec = spec_of("given-up", 2);
    int64_t loading;
    int64_t old = load(f, "old");
    call_all(f, JOB_DONE);
    OK(store_batch_begin(f->rig->s, &spec, &loading, e));
    OK(store_prune_begin(f->rig->s, old, true, e));
    go_on(f);
    OK(store_batch_abort(f->rig->s, loading, e));
    assert_true(load(f, "new") > old);
    call_all(f, JOB_DONE); /* its end is written beside the old one's */
    go_on(f);
    end(f);
}

/* Who found the batch before it was pruned brings none of its jobs back: they would be called, and
 * paid for, while their rows go. */
static void a_retry_finds_nothing_in_a_pruned_batch(void **state) {
    (void)state;
    struct fixture *f = begin();
    int64_t batch = load(f, "b"), changed = -1;
    call_all(f, JOB_FAILED);
    OK(store_prune_begin(f->rig->s, batch, true, e));
    OK(rig_retry(f->rig->s, batch, JOB_BIT(JOB_FAILED), &changed, e));
    assert_int_equal(changed, 0);
    go_on(f);
    rig_turn(&f->w, NULL, 0); /* and nobody stumbles over what it left */
    end(f);
}

static void a_lost_answer_of_a_pruned_batch_is_not_asked_for(void **state) {
    (void)state;
    struct fixture *f = begin();
    int64_t batch = load(f, "b"), moved = -1;
    call_all(f, JOB_DONE);
    OK(store_prune_begin(f->rig->s, batch, true, e));
    OK(store_ask_again(f->rig->s, &(struct store_lost){.job_id = 1, .result_id = 1}, 1, &moved, e));
    assert_int_equal(moved, 0);
    go_on(f);
    rig_turn(&f->w, NULL, 0);
    end(f);
}

/* A worker that was frozen wakes with an answer to a job that is gone;
 * another one has its number. */
static void an_answer_finds_no_other_job_of_its_number(void **state) {
    (void)state;
    struct fixture *f = begin();
    struct rig_worker frozen;
    struct store_reap_report report;
    rig_worker(f->rig->s, WORKER + 1, "call");
    rig_worker_init(&frozen, f->rig->s, WORKER + 1, f->rig->account, CALLS);
    int64_t old = load(f, "old");
    rig_turn(&frozen, NULL, 0);
    assert_int_equal(frozen.want.claim_count, 1);
    const struct store_settle late = {.job_id = frozen.claims[0].job_id,
                                      .key = frozen.claims[0].key,
                                      .attempt_no = frozen.claims[0].attempt_no,
                                      .outcome = ATTEMPT_ANSWERED,
                                      .state = JOB_DONE,
                                      .slot_no = frozen.slots[0],
                                      .result = &f->result};
    OK(store_reap(f->rig->s, WORKER + 1, NULL, &report, e));
    call_all(f, JOB_DONE);
    OK(store_prune_begin(f->rig->s, old, true, e));
    go_on(f);
    int64_t batch = load(f, "new");
    rig_turn(&f->w, NULL, 0);
    assert_int_equal(f->w.claims[0].job_id, late.job_id);
    assert_int_equal(f->w.claims[0].attempt_no, late.attempt_no);
    rig_settle(&frozen, &late);
    assert_int_equal(rig_counts_of(f->rig->s, batch).count[JOB_RUNNING], 1);
    rig_free_claims(&frozen);
    end(f);
}

struct checking { /* while a prune goes on */
    const struct fixture *f;
    int answers;
};

static void check_between(const struct store_pruned_answer *answer, void *arg) {
    struct checking *c = arg;
    assert_string_equal(answer->path, "a/b");
    OK(store_verify(c->f->rig->s, true, e));
    c->answers++;
}

/* Both batches go, and the second still has the first one's answer: nothing is amiss. */
static void a_prune_that_goes_on_is_no_damage(void **state) {
    (void)state;
    struct fixture *f = begin();
    struct checking checking = {.f = f};
    int64_t one = load(f, "one"), two = load(f, "two");
    f->result.path = "a/b";
    f->result.body = NULL;
    call_all(f, JOB_DONE);
    assert_int_equal(sqlite3_exec(f->rig->s->db,
                                  "DELETE FROM result WHERE job_id = 2; "
                                  "UPDATE job SET result_id = 1 WHERE id = 2; "
                                  "UPDATE batch SET n_shared = 1 WHERE name = 'two'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    OK(store_prune_begin(f->rig->s, one, true, e));
    OK(store_prune_begin(f->rig->s, two, true, e));
    OK(store_prune_go_on(f->rig->s, check_between, &checking, e));
    assert_int_equal(checking.answers, 1);
    end(f);
}

static void sql(sqlite3 *db, const char *text) {
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
}

/* A part that another program's lock makes fail is done again, not passed over: the answer would go
 * with the batch that had it first. */
static void a_part_that_fails_leaves_shared_answers_alone(void **state) {
    (void)state;
    struct fixture *f = begin();
    struct store_prune at = {.step = STORE_PRUNE_FIND};
    sqlite3 *other = NULL;
    bool more = true;
    int failures = 0;
    int64_t first = load(f, "first");
    (void)load(f, "second");
    call_all(f, JOB_DONE);
    sql(f->rig->s->db, "UPDATE job SET result_id = 1 WHERE id = 2; DELETE FROM result WHERE id = 2;"
                       "UPDATE batch SET n_shared = 1 WHERE name = 'second'");
    OK(store_prune_begin(f->rig->s, first, true, e));
    assert_int_equal(sqlite3_open(f->rig->s->path, &other), SQLITE_OK);
    sql(other, "PRAGMA wal_autocheckpoint = 0");
    store_set_patience(f->rig->s, 1);
    while (more) {
        struct err why = {.msg = ""};
        sql(other, "BEGIN IMMEDIATE");
        bool ok = store_prune_part(f->rig->s, &at, &more, no_bytes, NULL, &why);
        sql(other, "ROLLBACK");
        if (ok)
            continue;
        assert_int_equal(why.code, ERR_DB_LOCKED);
        failures++;
        OK(store_prune_part(f->rig->s, &at, &more, no_bytes, NULL, e));
    }
    assert_true(failures > 0);
    sql(other, "UPDATE result SET job_id = job_id WHERE id IN (SELECT result_id FROM job)");
    assert_int_equal(sqlite3_changes(other), 1);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    end(f);
}

static int64_t log_bytes(const struct fixture *f) {
    char path[PATH_MAX];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s-wal", f->rig->s->path);
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* On a full disk it is what makes room. */
static void an_answer_goes_without_being_written_again(void **state) {
    (void)state;
    struct fixture *f = begin();
    static char body[1024 * 1024];
    int64_t batch = load(f, "b");
    f->result.body = body;
    f->result.bytes = sizeof body;
    call_all(f, JOB_DONE);
    int64_t before = log_bytes(f);
    assert_true(before > (int64_t)sizeof body);
    OK(store_prune_begin(f->rig->s, batch, true, e));
    go_on(f);
    assert_true(log_bytes(f) - before < (int64_t)sizeof body / 2);
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_not_given_again_behind_a_load),
        cmocka_unit_test(a_retry_finds_nothing_in_a_pruned_batch),
        cmocka_unit_test(a_lost_answer_of_a_pruned_batch_is_not_asked_for),
        cmocka_unit_test(a_prune_that_goes_on_is_no_damage),
        cmocka_unit_test(a_part_that_fails_leaves_shared_answers_alone),
        cmocka_unit_test(an_answer_finds_no_other_job_of_its_number),
        cmocka_unit_test(an_answer_goes_without_being_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
