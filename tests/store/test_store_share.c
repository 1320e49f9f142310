/*
 * test_store_share: equal requests get one answer: who calls, who waits, who is moved by whom. The
 * kept counts are compared with the counted ones after every step.
 */
#include "tests/lib/store_rig.h"

#include "queue/request_key.h"
#include "store/sqlite/share.h"

#define WORKER 101
#define OTHER 102
#define CALLS 8

static const unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES] = {1, 2, 3};

struct bench { /* two accounts, a profile on each; both profiles ask the same */
    struct rig *rig;
    struct rig_worker w, other;
    struct store_result result;
};

static void configure(struct store *s, const unsigned char *second) {
    const struct store_account_config accounts[] = {rig_account("acme", CALLS),
                                                    rig_account("bond", CALLS)};
    struct store_profile_config profiles[] = {rig_profile("say", "acme"),
                                              rig_profile("tell", "bond")};
    profiles[0].voice = profiles[1].voice = "alloy";
    profiles[0].fingerprint = fingerprint;
    profiles[1].fingerprint = second;
    rig_settings(s, accounts, 2, profiles, 2);
}

static int setup(void **state) {
    struct bench *b = calloc(1, sizeof *b);
    int64_t bond;
    assert_non_null(b);
    b->rig = rig_new(CALLS);
    configure(b->rig->s, fingerprint);
    OK(store_account_id(b->rig->s, "bond", &bond, e));
    rig_worker(b->rig->s, WORKER, "call");
    rig_worker(b->rig->s, OTHER, "call");
    rig_worker_init(&b->w, b->rig->s, WORKER, b->rig->account, CALLS);
    rig_worker_init(&b->other, b->rig->s, OTHER, bond, CALLS);
    b->result = rig_row_result();
    *state = b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    rig_verify(b->rig);
    rig_free(b->rig);
    free(b);
    return 0;
}

struct spec {
    const char *batch, *profile, *voice, *text; /* text: a character a job */
    bool fresh;
};

static int64_t load(struct bench *b, struct spec spec) {
    const struct store_batch_spec batch = {.name = spec.batch,
                                           .profile = spec.profile ? spec.profile : "say",
                                           .voice = spec.voice,
                                           .weight = 1,
                                           .fresh = spec.fresh,
                                           .producer_id = 1};
    int64_t id;
    OK(store_batch_begin(b->rig->s, &batch, &id, e));
    for (const char *t = spec.text; *t; t++) {
        const char text[2] = {*t, '\0'};
        const struct store_job_spec job = {.text = text, .text_bytes = 1, .chars = 1};
        OK(store_batch_add(b->rig->s, id, &job, 1, e));
    }
    OK(store_batch_commit(b->rig->s, id, e));
    return id;
}

/* How many calls the worker is to make now. */
static size_t claim(struct bench *b, struct rig_worker *w) {
    rig_turn(w, NULL, 0);
    rig_free_claims(w);
    w->want.idle_count = 0;
    w->want.busy += (int32_t)w->want.slot_count;
    rig_verify(b->rig);
    return w->want.claim_count;
}

static bool asked_otherwise; /* of the next settle */

static void settle_as(struct bench *b, const struct store_claim *claim,
                      enum attempt_outcome outcome, enum job_state state, int64_t delay_ms) {
    const struct store_settle x = {.job_id = claim->job_id,
                                   .attempt_no = claim->attempt_no,
                                   .outcome = outcome,
                                   .state = state,
                                   .delay_ms = delay_ms,
                                   .slot_no = 0,
                                   .unshared = asked_otherwise,
                                   .started_ms = 5,
                                   .ended_ms = 9,
                                   .why = outcome == ATTEMPT_ANSWERED ? NULL : "because",
                                   .result = outcome == ATTEMPT_ANSWERED ? &b->result : NULL};
    struct rig_worker w = {.s = b->rig->s, .id = WORKER};
    rig_settle(&w, &x);
    rig_verify(b->rig);
}

static void answer(struct bench *b, const struct store_claim *claim) {
    settle_as(b, claim, ATTEMPT_ANSWERED, JOB_DONE, 0);
}

struct seen {
    enum job_state state;
    int64_t result_id, result_job_id, attempt_no;
    char why[128];
};

static void see(const struct store_job_row *row, void *arg) {
    struct seen *seen = arg;
    *seen = (struct seen){.state = row->state,
                          .result_id = row->result_id,
                          .result_job_id = row->result_job_id,
                          .attempt_no = row->attempt_no};
    (void)snprintf(seen->why, sizeof seen->why, "%s", row->why ? row->why : "");
}

static struct seen job(struct bench *b, int64_t id) {
    struct seen seen;
    OK(store_job(b->rig->s, id, see, &seen, e));
    return seen;
}

struct shared {
    int64_t shared;
};

static void see_batch(const struct store_batch_row *row, void *arg) {
    ((struct shared *)arg)->shared = row->shared;
}

static int64_t shared_of(struct bench *b, int64_t batch) {
    struct shared shared = {-1};
    struct store_reader reader = {.batch = see_batch, .arg = &shared};
    OK(store_status(b->rig->s, batch, &reader, e));
    return shared.shared;
}

static void tidy(struct bench *b) {
    int64_t next;
    OK(store_tidy(b->rig->s, &next, e));
    rig_verify(b->rig);
}

/* ---- the tests --------------------------------------------------------------------------------*/

static void an_answered_request_is_not_made_again(void **state) {
    struct bench *b = *state;
    (void)load(b, (struct spec){.batch = "one", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    int64_t two = load(b, (struct spec){.batch = "two", .text = "aabaa"});
    assert_int_equal(claim(b, &b->w), 1); /* the b */
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_DONE], 4);
    assert_int_equal(shared_of(b, two), 4);
    struct seen shared = job(b, 2);
    assert_int_equal(shared.attempt_no, 0);
    assert_int_equal(shared.result_id, job(b, 1).result_id);
    assert_int_equal(shared.result_job_id, 1);
}

static void equal_jobs_wait_for_the_call_in_flight(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "aaa"});
    int64_t two = load(b, (struct spec){.batch = "two", .profile = "tell", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    assert_int_equal(claim(b, &b->other), 0); /* another account that asks the same waits, too */
    assert_int_equal(job(b, 2).state, JOB_DELAYED);
    assert_string_equal(job(b, 4).why, "waits for the same text: job 1 of batch one");
    answer(b, &b->w.claims[0]);
    assert_int_equal(rig_counts_of(b->rig->s, one).count[JOB_DONE], 3);
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_DONE], 1);
    assert_int_equal(shared_of(b, one) + shared_of(b, two), 3);
    assert_string_equal(job(b, 4).why, "");
}

static void other_voices_and_other_requests_are_not_equal(void **state) {
    struct bench *b = *state;
    const unsigned char otherwise[REQUEST_FINGERPRINT_BYTES] = {9};
    configure(b->rig->s, otherwise);
    (void)load(b, (struct spec){.batch = "one", .text = "a"});
    (void)load(b, (struct spec){.batch = "two", .text = "a", .voice = "nova"});
    (void)load(b, (struct spec){.batch = "three", .text = "a", .profile = "tell"});
    int64_t same = load(b, (struct spec){.batch = "four", .text = "a", .voice = "alloy"});
    assert_int_equal(claim(b, &b->w), 2);
    assert_int_equal(claim(b, &b->other), 1);
    /* the profile's own voice, named */
    assert_int_equal(rig_counts_of(b->rig->s, same).count[JOB_DELAYED], 1);
}

/* Two requests that agree in the half by which the store finds them: none such is known, so one is
 * made behind its back. */
static void half_a_key_makes_no_request_equal(void **state) {
    struct bench *b = *state;
    (void)load(b, (struct spec){.batch = "one", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    int rc = sqlite3_exec(b->rig->s->db, "UPDATE request SET proof = proof + 1", NULL, NULL, NULL);
    assert_int_equal(rc, SQLITE_OK);
    (void)load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
}

static void without_a_fingerprint_nothing_is_shared(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, NULL);
    (void)load(b, (struct spec){.batch = "two", .text = "aaa", .profile = "tell"});
    assert_int_equal(claim(b, &b->other), 3);
}

static void a_fresh_batch_calls_for_every_job_and_gives_to_others(void **state) {
    struct bench *b = *state;
    (void)load(b, (struct spec){.batch = "one", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    (void)load(b, (struct spec){.batch = "two", .text = "aa", .fresh = true});
    assert_int_equal(claim(b, &b->w), 2);
    answer(b, &b->w.claims[1]);
    answer(b, &b->w.claims[0]);
    int64_t three = load(b, (struct spec){.batch = "three", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    assert_int_equal(shared_of(b, three), 1);
    assert_int_equal(job(b, 4).result_job_id, 3); /* the newest */
}

static void who_waits_goes_on_when_the_owner_has_no_answer(void **state) {
    static const struct {
        enum attempt_outcome outcome;
        enum job_state state;
        int64_t delay_ms;
        enum job_state waiter; /* what becomes of the one that waits */
    } cases[] = {
        {ATTEMPT_FAILED, JOB_FAILED, 0, JOB_READY},
        {ATTEMPT_UNCERTAIN, JOB_HELD, 0, JOB_READY},
        {ATTEMPT_UNSENT, JOB_READY, 0, JOB_READY},
        {ATTEMPT_REFUSED, JOB_DELAYED, SHARE_LOOK_MS + 1, JOB_READY},
        {ATTEMPT_REFUSED, JOB_DELAYED, 1000, JOB_DELAYED}, /* the next try is near */
    };
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[] = {'b', (char)('0' + (int)i), '\0'}, text[] = {(char)('a' + (int)i), 0, 0};
        text[1] = text[0];
        int64_t batch = load(b, (struct spec){.batch = name, .text = text});
        b->w.want.busy = 0;
        assert_int_equal(claim(b, &b->w), 1);
        struct store_claim first = b->w.claims[0];
        settle_as(b, &first, cases[i].outcome, cases[i].state, cases[i].delay_ms);
        assert_int_equal(job(b, first.job_id + 1).state, cases[i].waiter);
        tidy(b);
        assert_int_equal(job(b, first.job_id + 1).state, cases[i].waiter);
        OK(rig_cancel(b->rig->s, batch, &(int64_t){0}, &(int64_t){0}, e));
        rig_verify(b->rig);
    }
}

/* The first that is claimed owns the request then; the old owner waits for it in its turn. */
static void the_request_gets_a_new_owner(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "aaa"});
    assert_int_equal(claim(b, &b->w), 1);
    settle_as(b, &b->w.claims[0], ATTEMPT_FAILED, JOB_FAILED, 0);
    assert_int_equal(claim(b, &b->w), 1);
    assert_int_equal(b->w.claims[0].job_id, 2);
    OK(rig_retry(b->rig->s, one, JOB_BIT(JOB_FAILED), &(int64_t){0}, e));
    assert_int_equal(claim(b, &b->other), 0);
    assert_int_equal(b->w.claims[0].job_id, 2);
    struct store_claim owner = b->w.claims[0];
    assert_int_equal(claim(b, &b->w), 0);
    assert_int_equal(job(b, 1).state, JOB_DELAYED);
    answer(b, &owner);
    assert_int_equal(rig_counts_of(b->rig->s, one).count[JOB_DONE], 3);
}

static int64_t retry_cancelled(struct bench *b, int64_t batch, int64_t *kept) {
    const struct store_selection all = {.batch_id = batch, .state_mask = JOB_BIT(JOB_CANCELLED)};
    struct store_changed changed;
    OK(store_change(b->rig->s, &all, STORE_RETRY, false, &changed, e));
    rig_verify(b->rig);
    *kept = changed.kept;
    return changed.jobs;
}

/* Its owner is wanted no more, but the call is made and paid: the answer is for who waits, for who
 * asks later, and for the owner when it is wanted again. */
static void the_answer_of_a_cancelled_owner_is_not_thrown_away(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"}), changed, in_flight, kept;
    int64_t two = load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    tidy(b);
    assert_int_equal(job(b, 2).state, JOB_DELAYED);
    answer(b, &b->w.claims[0]);
    assert_int_equal(job(b, 1).state, JOB_CANCELLED);
    assert_int_equal(job(b, 1).result_id, 0); /* it is not delivered */
    assert_non_null(strstr(job(b, 1).why, "the answer is kept"));
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_DONE], 1);
    int64_t three = load(b, (struct spec){.batch = "three", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    assert_int_equal(shared_of(b, three), 1);
    assert_int_equal(retry_cancelled(b, one, &kept), 1);
    assert_int_equal(kept, 1);
    assert_int_equal(job(b, 1).state, JOB_DONE);
    assert_int_equal(job(b, 1).result_id, job(b, 3).result_id);
    assert_int_equal(shared_of(b, one), 0);
    assert_int_equal(claim(b, &b->w), 0);
}

/* It is the job's own, though nobody else may have it. */
static void a_cancelled_job_keeps_an_answer_to_other_words(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"}), changed, in_flight, kept;
    (void)load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    struct store_claim owner = b->w.claims[0];
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    asked_otherwise = true;
    answer(b, &owner);
    asked_otherwise = false;
    assert_int_equal(job(b, 2).state, JOB_READY);
    assert_int_equal(claim(b, &b->w), 1);
    assert_int_equal(retry_cancelled(b, one, &kept), 1);
    assert_int_equal(kept, 1);
    assert_int_equal(job(b, 1).state, JOB_DONE);
}

/* An answer that was lost meanwhile is not taken for one. */
static void a_kept_answer_that_is_lost_is_asked_for_again(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"}), changed, in_flight, kept;
    (void)load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    answer(b, &b->w.claims[0]);
    OK(store_ask_again(b->rig->s, &(struct store_lost){2, job(b, 2).result_id}, 1, &changed, e));
    assert_int_equal(changed, 1);
    assert_int_equal(retry_cancelled(b, one, &kept), 1);
    assert_int_equal(kept, 0);
    assert_int_equal(job(b, 1).state, JOB_READY);
    assert_int_equal(claim(b, &b->w), 1);
    assert_int_equal(claim(b, &b->w), 0); /* one of the two */
}

/* The profile was reloaded between claim and call: its job has its answer, nobody else takes it. */
static void an_answer_to_other_words_is_not_shared(void **state) {
    struct bench *b = *state;
    (void)load(b, (struct spec){.batch = "one", .text = "aa"});
    assert_int_equal(claim(b, &b->w), 1);
    assert_true(b->w.claims[0].shares && b->w.claims[0].fingerprint[0] == fingerprint[0]);
    asked_otherwise = true;
    answer(b, &b->w.claims[0]);
    asked_otherwise = false;
    assert_int_equal(job(b, 1).state, JOB_DONE);
    assert_int_equal(job(b, 2).state, JOB_READY);
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    int64_t later = load(b, (struct spec){.batch = "later", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    assert_int_equal(shared_of(b, later), 1);
    assert_int_equal(job(b, 3).result_job_id, 2);
}

static void on_gone(const struct store_pruned_answer *answer, void *arg) {
    (void)answer;
    (void)arg;
}

static int64_t results_of(const struct bench *b) {
    return rig_sql(b->rig->path, "SELECT count(*) FROM result");
}

/* As the answers of jobs that are done: who shares it has it, and the last one takes it along. */
static void a_kept_answer_goes_with_its_batch(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "ab"}), changed, in_flight;
    assert_int_equal(claim(b, &b->w), 2);
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    answer(b, &b->w.claims[0]);
    answer(b, &b->w.claims[1]);
    int64_t two = load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    OK(store_prune_begin(b->rig->s, one, true, e));
    OK(store_prune_go_on(b->rig->s, on_gone, NULL, e));
    rig_verify(b->rig);
    assert_int_equal(results_of(b), 1);
    assert_int_equal(job(b, 3).result_job_id, 3);
    (void)load(b, (struct spec){.batch = "three", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    assert_int_equal(shared_of(b, two), 1);
}

/* Who shares it keeps the answer when the batch that paid for it goes, and so does who asks after
 * him, or while it goes; only what nobody has any more is asked for again. */
static void an_answer_that_outlives_its_batch_is_still_found(void **state) {
    struct bench *b = *state;
    int64_t old = load(b, (struct spec){.batch = "old", .text = "abc"});
    assert_int_equal(claim(b, &b->w), 3);
    for (size_t i = 0; i < 3; i++)
        answer(b, &b->w.claims[i]);
    (void)load(b, (struct spec){.batch = "before", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    OK(store_prune_begin(b->rig->s, old, true, e));
    (void)load(b, (struct spec){.batch = "meanwhile", .text = "b"});
    assert_int_equal(claim(b, &b->w), 0);
    OK(store_prune_go_on(b->rig->s, on_gone, NULL, e));
    rig_verify(b->rig);
    assert_int_equal(job(b, 4).result_job_id, 4);
    assert_int_equal(job(b, 5).result_job_id, 5);
    int64_t after = load(b, (struct spec){.batch = "after", .text = "abc"});
    b->w.want.busy = 0;
    assert_int_equal(claim(b, &b->w), 1); /* the c */
    assert_int_equal(shared_of(b, after), 2);
}

/* A disk has lost it: who shared it goes on having it until it asks itself; nobody else gets it. */
static void a_lost_answer_is_not_shared(void **state) {
    struct bench *b = *state;
    int64_t moved;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "aa"});
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(shared_of(b, one), 1);
    struct store_lost lost[] = {{2, job(b, 2).result_id}, {2, job(b, 2).result_id}, {1, 99}};
    OK(store_ask_again(b->rig->s, lost, 3, &moved, e));
    assert_int_equal(moved, 1);
    assert_int_equal(shared_of(b, one), 0);
    assert_int_equal(job(b, 1).state, JOB_DONE);
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(job(b, 2).result_job_id, 2);
    OK(store_ask_again(b->rig->s, &(struct store_lost){1, lost[0].result_id}, 1, &moved, e));
    assert_int_equal(claim(b, &b->w), 0); /* the second one's answer is there by now */
    assert_int_equal(job(b, 1).result_job_id, 2);
}

/* The row of the lost answer, which is nobody's any more, goes with the job that it was made for;
 * while somebody has it still it is his. */
static void a_lost_answer_goes_with_its_batch(void **state) {
    struct bench *b = *state;
    int64_t moved;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    int64_t two = load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 0);
    const struct store_lost lost = {1, job(b, 1).result_id};
    OK(store_ask_again(b->rig->s, &lost, 1, &moved, e));
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(results_of(b), 2);
    OK(store_prune_begin(b->rig->s, one, true, e));
    OK(store_prune_go_on(b->rig->s, on_gone, NULL, e));
    rig_verify(b->rig);
    assert_int_equal(job(b, 2).result_id, lost.result_id);
    assert_int_equal(results_of(b), 1); /* the new one was nobody else's */
    OK(store_ask_again(b->rig->s, &(struct store_lost){2, lost.result_id}, 1, &moved, e));
    assert_int_equal(claim(b, &b->w), 1);
    answer(b, &b->w.claims[0]);
    (void)load(b, (struct spec){.batch = "newest", .text = "z"});
    OK(store_prune_begin(b->rig->s, two, true, e));
    OK(store_prune_go_on(b->rig->s, on_gone, NULL, e));
    assert_int_equal(results_of(b), 0);
}

/* Who waits for it goes on waiting, and gets its answer. */
static void an_owner_wanted_again_during_its_call_is_called_once(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"}), changed, in_flight;
    int64_t two = load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    struct store_claim owner = b->w.claims[0];
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    OK(rig_retry(b->rig->s, one, JOB_BIT(JOB_CANCELLED), &changed, e));
    assert_int_equal(job(b, 1).state, JOB_RUNNING);
    assert_int_equal(job(b, 2).state, JOB_DELAYED);
    assert_int_equal(claim(b, &b->w), 0);
    answer(b, &owner);
    assert_int_equal(job(b, 1).state, JOB_DONE);
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_DONE], 1);
    assert_int_equal(job(b, 2).result_job_id, 1);
}

static void a_call_that_was_cancelled_and_fails_frees_who_waits(void **state) {
    struct bench *b = *state;
    int64_t one = load(b, (struct spec){.batch = "one", .text = "a"}), changed, in_flight;
    (void)load(b, (struct spec){.batch = "two", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    settle_as(b, &b->w.claims[0], ATTEMPT_UNCERTAIN, JOB_READY, 0);
    assert_int_equal(job(b, 2).state, JOB_READY);
    assert_int_equal(claim(b, &b->w), 1);
}

static void a_waiting_job_can_be_cancelled(void **state) {
    struct bench *b = *state;
    (void)load(b, (struct spec){.batch = "one", .text = "a"});
    int64_t two = load(b, (struct spec){.batch = "two", .text = "a"}), changed, in_flight;
    assert_int_equal(claim(b, &b->w), 1);
    OK(rig_cancel(b->rig->s, two, &changed, &in_flight, e));
    answer(b, &b->w.claims[0]);
    assert_int_equal(job(b, 2).state, JOB_CANCELLED);
    assert_int_equal(shared_of(b, two), 0);
}

/* The worker is dead: what it was asked for is asked for again, once. */
static void who_waits_for_a_dead_workers_call_goes_on(void **state) {
    struct bench *b = *state;
    struct store_reap_report report;
    (void)load(b, (struct spec){.batch = "one", .text = "aa"});
    int64_t two = load(b, (struct spec){.batch = "two", .profile = "tell", .text = "a"});
    assert_int_equal(claim(b, &b->w), 1);
    assert_int_equal(claim(b, &b->other), 0);
    struct store_claim lost = b->w.claims[0];
    const struct store_sent_mark mark = {.job_id = lost.job_id,
                                         .attempt_no = lost.attempt_no,
                                         .account_id = b->rig->account,
                                         .over = true};
    OK(store_reap(b->rig->s, WORKER, &(struct store_sent){&mark, 1}, &report, e));
    assert_int_equal(report.uncertain, 1);
    assert_int_equal(claim(b, &b->other), 1);
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_RUNNING], 1);
    /* the lost answer comes after all: it is kept, and nobody loses his */
    answer(b, &lost);
    answer(b, &b->other.claims[0]);
    assert_int_equal(job(b, lost.job_id).state, JOB_DONE);
    assert_int_equal(rig_counts_of(b->rig->s, two).count[JOB_DONE], 1);
}

/* More than one turn moves: the keeper does the rest. */
static void many_waiters_are_moved_in_parts(void **state) {
    enum { MANY = 3 * SHARE_TURN_MAX };
    struct bench *b = *state;
    int64_t batch = rig_batch(b->rig->s, "many", MANY, 1, 1);
    assert_int_equal(claim(b, &b->w), 1);
    struct store_claim owner = b->w.claims[0];
    for (int i = 0; i < 3; i++) {
        assert_true(b->w.turn.next_boot_ms <= clock_boot_ms()); /* there is more to look at */
        assert_int_equal(claim(b, &b->w), 0);
    }
    assert_int_equal(rig_counts_of(b->rig->s, batch).count[JOB_DELAYED], MANY - 1);
    answer(b, &owner);
    assert_int_equal(rig_counts_of(b->rig->s, batch).count[JOB_DONE], 1 + SHARE_TURN_MAX);
    tidy(b);
    assert_int_equal(rig_counts_of(b->rig->s, batch).count[JOB_DONE], MANY);
    assert_int_equal(shared_of(b, batch), MANY - 1);
}

/* Nobody is left behind to ask, and pay, again. */
static void all_waiters_of_a_cancelled_owner_get_its_answer(void **state) {
    enum { MANY = SHARE_TIDY_MAX + SHARE_TURN_MAX };
    struct bench *b = *state;
    int64_t one = rig_batch(b->rig->s, "one", 1, 1, 1), changed, in_flight;
    assert_int_equal(claim(b, &b->w), 1);
    struct store_claim owner = b->w.claims[0];
    int64_t many = rig_batch(b->rig->s, "many", MANY, 1, 1);
    while (rig_counts_of(b->rig->s, many).count[JOB_DELAYED] < MANY)
        assert_int_equal(claim(b, &b->w), 0);
    OK(rig_cancel(b->rig->s, one, &changed, &in_flight, e));
    answer(b, &owner);
    tidy(b);
    tidy(b);
    assert_int_equal(rig_counts_of(b->rig->s, many).count[JOB_DONE], MANY);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_answered_request_is_not_made_again),
        TEST(equal_jobs_wait_for_the_call_in_flight),
        TEST(other_voices_and_other_requests_are_not_equal),
        TEST(half_a_key_makes_no_request_equal),
        TEST(without_a_fingerprint_nothing_is_shared),
        TEST(a_fresh_batch_calls_for_every_job_and_gives_to_others),
        TEST(who_waits_goes_on_when_the_owner_has_no_answer),
        TEST(the_request_gets_a_new_owner),
        TEST(the_answer_of_a_cancelled_owner_is_not_thrown_away),
        TEST(a_cancelled_job_keeps_an_answer_to_other_words),
        TEST(a_kept_answer_that_is_lost_is_asked_for_again),
        TEST(a_kept_answer_goes_with_its_batch),
        TEST(an_answer_to_other_words_is_not_shared),
        TEST(an_answer_that_outlives_its_batch_is_still_found),
        TEST(a_lost_answer_is_not_shared),
        TEST(a_lost_answer_goes_with_its_batch),
        TEST(an_owner_wanted_again_during_its_call_is_called_once),
        TEST(a_call_that_was_cancelled_and_fails_frees_who_waits),
        TEST(a_waiting_job_can_be_cancelled),
        TEST(who_waits_for_a_dead_workers_call_goes_on),
        TEST(many_waiters_are_moved_in_parts),
        TEST(all_waiters_of_a_cancelled_owner_get_its_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
