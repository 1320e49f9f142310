/* test_store_pieces: jobs in pieces: one after the other, each answer kept by itself, whatever
 * happens in between. */
#include "tests/lib/store_rig.h"

#define WORKER 41
#define OTHER 42
#define LATE_MS 777 /* by which a late answer is known */

static const char text[] = "One. Two.  Drei \xc3\xa4\xc3\xb6.";
static const size_t ends[] = {5, 11, 21}; /* "One. ", "Two.  ", "Drei äö." */

struct pieces {
    struct rig *rig;
    struct rig_worker w;
    int64_t batch, job;
};

static void take_first_id(int64_t *id, const struct store_job_row *row) {
    if (*id == 0)
        *id = row->id;
}

static bool first_id(const struct store_job_row *row, void *arg) {
    take_first_id(arg, row);
    return true;
}

static int64_t add_batch(struct store *s, const char *name, const size_t *piece_ends,
                         size_t count) {
    int64_t id = rig_batch_begin(s, name, 1, 1);
    const struct store_job_spec jobs[] = {{.text = "Before.", .text_bytes = 7, .chars = 7},
                                          {.text = text,
                                           .text_bytes = sizeof text - 1,
                                           .chars = 18,
                                           .priority = 1,
                                           .piece_ends = piece_ends,
                                           .piece_count = count},
                                          {.text = "After.", .text_bytes = 6, .chars = 6}};
    assert_int_equal(ends[2], sizeof text - 1);
    OK(store_batch_add(s, id, jobs, 3, e));
    OK(store_batch_commit(s, id, e));
    return id;
}

static void configure(struct store *s, bool wants_context) {
    const struct store_account_config account = rig_account("acme", 10);
    struct store_profile_config profile = rig_profile("say", "acme");
    profile.wants_context = wants_context;
    rig_settings(s, &account, 1, &profile, 1);
}

static struct pieces *pieces_new(const size_t *piece_ends, size_t count) {
    struct pieces *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->rig = rig_new(10);
    configure(p->rig->s, true);
    p->batch = add_batch(p->rig->s, "b", piece_ends, count);
    rig_worker(p->rig->s, WORKER, "call");
    rig_worker_init(&p->w, p->rig->s, WORKER, p->rig->account, 1);
    OK(store_jobs_each(p->rig->s, p->batch, ~0u, first_id, &p->job, e));
    p->job++; /* the second one, which has a higher priority, so it comes first */
    return p;
}

static void pieces_free(struct pieces *p) {
    rig_verify(p->rig);
    OK(store_verify(p->rig->s, true, e));
    rig_free(p->rig);
    free(p);
}

static void free_claims(struct rig_worker *w) {
    for (size_t i = 0; i < w->want.claim_count; i++) {
        free(w->claims[i].prev_text);
        free(w->claims[i].next_text);
    }
    rig_free_claims(w);
}

static const char *shown(const char *s) {
    return s ? s : "-";
}

static void expect_claim(struct rig_worker *w, int64_t piece_no, const char *expected,
                         const char *before, const char *after) {
    rig_turn(w, NULL, 0);
    assert_int_equal(w->want.claim_count, 1);
    const struct store_claim *c = &w->claims[0];
    assert_int_equal(c->piece_no, piece_no);
    assert_int_equal(c->seq, strncmp(expected, "Before", 6) == 0 ? 1 : 2);
    assert_string_equal(c->text, expected);
    assert_string_equal(shown(c->prev_text), before);
    assert_string_equal(shown(c->next_text), after);
    assert_int_equal(c->text_bytes, strlen(expected));
    free_claims(w);
    w->idle[0] = w->want.slots[0];
    w->want.idle_count = 1;
}

static struct store_settle settle_of(const struct rig_worker *w, enum attempt_outcome outcome,
                                     enum job_state state) {
    return (struct store_settle){.job_id = w->claims[0].job_id,
                                 .attempt_no = w->claims[0].attempt_no,
                                 .outcome = outcome,
                                 .state = state,
                                 .slot_no = 0,
                                 .started_ms = 5,
                                 .ended_ms = 9};
}

static void answer(struct rig_worker *w, unsigned char mark) {
    struct store_result result = rig_row_result();
    struct store_settle x = settle_of(w, ATTEMPT_ANSWERED, JOB_DONE);
    result.sha256[0] = mark;
    x.result = &result;
    rig_settle(w, &x);
    rig_settle(w, &x); /* said twice changes nothing */
}

static void take_job(const struct store_job_row *row, void *arg) {
    *(struct store_job_row *)arg = *row; /* only its numbers are looked at */
}

static struct store_job_row job_of(const struct pieces *p) {
    struct store_job_row row;
    OK(store_job(p->rig->s, p->job, take_job, &row, e));
    return row;
}

struct marks {
    char text[64];
};

static bool take_piece(const struct store_piece_row *row, void *arg) {
    struct marks *m = arg;
    size_t used = strlen(m->text);
    (void)snprintf(m->text + used, sizeof m->text - used, "%d:%d+%d=%c ", (int)row->n, (int)row->at,
                   (int)row->bytes, row->has_result ? (char)row->result_sha256[0] : '-');
    return true;
}

static void expect_pieces(const struct pieces *p, const char *expected) {
    struct marks m = {.text = ""};
    OK(store_pieces_each(p->rig->s, p->job, take_piece, &m, e));
    assert_string_equal(m.text, expected);
}

static void pieces_are_spoken_one_after_the_other(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct store_job_row row = job_of(p);
    assert_true(row.piece_count == 3 && row.piece_no == 1 && row.state == JOB_READY);
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    answer(&p->w, 'a');
    row = job_of(p);
    assert_true(row.piece_no == 2 && row.state == JOB_READY && !row.has_result);
    assert_int_equal(row.attempts, 0); /* counted anew for each piece */
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    assert_int_equal(p->w.claims[0].attempt_no, 2);
    answer(&p->w, 'b');
    expect_claim(&p->w, 3, "Drei \xc3\xa4\xc3\xb6.", "Two.  ", "After.");
    assert_int_equal(p->w.claims[0].chars, 8); /* of the piece, for fairness and rates */
    answer(&p->w, 'c');
    row = job_of(p);
    assert_true(row.piece_no == 4 && row.state == JOB_DONE);
    expect_pieces(p, "1:0+5=a 2:5+6=b 3:11+10=c ");
    expect_claim(&p->w, 0, "Before.", "-", "One. Two.  Drei \xc3\xa4\xc3\xb6.");
    struct rig_counts counts = rig_counts_of(p->rig->s, p->batch);
    assert_true(counts.count[JOB_DONE] == 1 && counts.count[JOB_READY] == 1);
    answer(&p->w, 'd');
    pieces_free(p);
}

static void context_is_for_who_wants_it(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    configure(p->rig->s, false);
    expect_claim(&p->w, 1, "One. ", "-", "-");
    answer(&p->w, 'a');
    pieces_free(p);
}

static void a_failed_piece_keeps_the_others(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    int64_t changed = 0;
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    answer(&p->w, 'a');
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    struct store_settle x = settle_of(&p->w, ATTEMPT_FAILED, JOB_FAILED);
    rig_settle(&p->w, &x);
    assert_int_equal(job_of(p).state, JOB_FAILED);
    OK(rig_retry(p->rig->s, p->batch, JOB_BIT(JOB_FAILED), &changed, e));
    assert_int_equal(changed, 1);
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    answer(&p->w, 'b');
    expect_pieces(p, "1:0+5=a 2:5+6=b 3:11+10=- ");
    pieces_free(p);
}

static void give_up(struct pieces *p) {
    struct store_reap_report report;
    OK(store_reap(p->rig->s, WORKER, NULL, &report, e));
    assert_int_equal(report.uncertain, 1);
    rig_verify(p->rig);
}

static void other_worker(struct pieces *p, struct rig_worker *other) {
    rig_worker(p->rig->s, OTHER, "call");
    rig_worker_init(other, p->rig->s, OTHER, p->rig->account, 1);
}

static void a_late_answer_serves_its_piece_only(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    result.sha256[0] = 'L';
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    other_worker(p, &other);
    expect_claim(&other, 1, "One. ", "Before.", "Two.  ");
    rig_settle(&p->w, &late); /* while the repetition is under way: the piece is answered */
    rig_verify(p->rig);
    expect_pieces(p, "1:0+5=L 2:5+6=- 3:11+10=- ");
    answer(&other, 'x'); /* the repetition's answer is one too many */
    expect_pieces(p, "1:0+5=L 2:5+6=- 3:11+10=- ");
    rig_verify(p->rig);
    expect_claim(&other, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    answer(&other, 'b');
    rig_settle(&p->w, &late); /* later still */
    expect_pieces(p, "1:0+5=L 2:5+6=b 3:11+10=- ");
    assert_int_equal(job_of(p).piece_no, 3);
    pieces_free(p);
}

/* Its number stands for the first part of its text by then; that text would be heard twice. */
static void a_late_answer_to_a_piece_that_was_split_serves_nothing(void **state) {
    (void)state;
    static const size_t two[] = {5, 21}, again[] = {6, 16};
    struct pieces *p = pieces_new(two, 2);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    result.sha256[0] = 'L';
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  Drei \xc3\xa4\xc3\xb6.");
    answer(&p->w, 'a');
    expect_claim(&p->w, 2, "Two.  Drei \xc3\xa4\xc3\xb6.", "One. ", "After.");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    other_worker(p, &other);
    expect_claim(&other, 2, "Two.  Drei \xc3\xa4\xc3\xb6.", "One. ", "After.");
    struct store_settle x = settle_of(&other, ATTEMPT_UNSENT, JOB_READY); /* a reload: less fits */
    x.split_ends = again;
    x.split_count = 2;
    rig_settle(&other, &x);
    rig_settle(&p->w, &late);
    expect_pieces(p, "1:0+5=a 2:5+6=- 3:11+10=- ");
    pieces_free(p);
}

/* Its text was split while it was away: nothing more is called for what has been paid for as a
 * whole, and what the pieces have brought goes with the job. */
static void a_late_answer_to_the_whole_text_ends_its_pieces(void **state) {
    (void)state;
    struct pieces *p = pieces_new(NULL, 0);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    result.duration_ms = LATE_MS;
    expect_claim(&p->w, 0, text, "Before.", "After.");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    other_worker(p, &other);
    expect_claim(&other, 0, text, "Before.", "After.");
    struct store_settle x = settle_of(&other, ATTEMPT_UNSENT, JOB_READY); /* a reload: less fits */
    x.split_ends = ends;
    x.split_count = 3;
    rig_settle(&other, &x);
    expect_claim(&other, 1, "One. ", "Before.", "Two.  ");
    answer(&other, 'a');
    expect_claim(&other, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    rig_settle(&p->w, &late);
    rig_settle(&p->w, &late);
    struct store_job_row row = job_of(p);
    assert_true(row.state == JOB_DONE && row.has_result && row.piece_no == 0);
    assert_int_equal(row.result_duration_ms, LATE_MS);
    expect_pieces(p, "");
    rig_verify(p->rig);
    answer(&other, 'b'); /* of a piece that is none any more */
    assert_int_equal(job_of(p).result_duration_ms, LATE_MS);
    assert_int_equal(rig_counts_of(p->rig->s, p->batch).count[JOB_DONE], 1);
    expect_claim(&other, 0, "Before.", "-", text);
    answer(&other, 'c');
    pieces_free(p);
}

/* The answer that comes late is the piece's, though the whole text is asked for again. */
static void a_late_answer_to_a_piece_is_not_the_whole_text(void **state) {
    (void)state;
    struct pieces *p = pieces_new(NULL, 0);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    int64_t jobs = 0;
    expect_claim(&p->w, 0, text, "Before.", "After.");
    struct store_settle whole = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    whole.result = &result;
    give_up(p);
    other_worker(p, &other);
    expect_claim(&other, 0, text, "Before.", "After.");
    struct store_settle x = settle_of(&other, ATTEMPT_UNSENT, JOB_READY);
    x.split_ends = ends;
    x.split_count = 3;
    rig_settle(&other, &x);
    expect_claim(&other, 1, "One. ", "Before.", "Two.  ");
    rig_settle(&p->w, &whole);
    const struct store_lost lost = {.job_id = p->job, .result_id = job_of(p).result_id};
    OK(store_ask_again(p->rig->s, &lost, 1, &jobs, e));
    assert_int_equal(jobs, 1);
    answer(&other, 'a');
    assert_int_equal(job_of(p).state, JOB_READY);
    expect_claim(&other, 0, text, "Before.", "After.");
    answer(&other, 'w');
    assert_true(job_of(p).has_result && job_of(p).result_id != lost.result_id);
    pieces_free(p);
}

/* The job is ready when the answer comes: its lease ran out, or it was cancelled and wanted again,
 * which goes on with the call in flight. */
static void a_late_answer_finds_the_job_ready(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    struct store_changed changed;
    const struct store_selection job = {.batch_id = p->batch, .job_id = p->job};
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    rig_settle(&p->w, &late);
    other_worker(p, &other);
    expect_claim(&other, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    late = settle_of(&other, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    OK(store_change(p->rig->s, &job, STORE_CANCEL, false, &changed, e));
    OK(store_change(p->rig->s, &job, STORE_RETRY, false, &changed, e));
    assert_int_equal(changed.in_flight, 1);
    rig_settle(&other, &late);
    rig_verify(p->rig);
    expect_claim(&other, 3, "Drei \xc3\xa4\xc3\xb6.", "Two.  ", "After.");
    answer(&other, 'c');
    assert_int_equal(rig_counts_of(p->rig->s, p->batch).count[JOB_DONE], 1);
    pieces_free(p);
}

/* The pieces that were spoken are kept, those of calls in flight too;
 * a retry goes on behind them. */
static void a_cancelled_job_keeps_its_pieces(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct store_changed changed;
    const struct store_selection job = {.batch_id = p->batch, .job_id = p->job};
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    answer(&p->w, 'a');
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    OK(store_change(p->rig->s, &job, STORE_CANCEL, false, &changed, e));
    answer(&p->w, 'b');
    rig_verify(p->rig);
    assert_int_equal(job_of(p).state, JOB_CANCELLED);
    expect_pieces(p, "1:0+5=a 2:5+6=b 3:11+10=- ");
    OK(store_change(p->rig->s, &job, STORE_RETRY, false, &changed, e));
    assert_int_equal(changed.kept, 0);
    expect_claim(&p->w, 3, "Drei \xc3\xa4\xc3\xb6.", "Two.  ", "After.");
    OK(store_change(p->rig->s, &job, STORE_CANCEL, false, &changed, e));
    answer(&p->w, 'c');
    rig_verify(p->rig);
    assert_int_equal(job_of(p).state, JOB_CANCELLED);
    OK(store_change(p->rig->s, &job, STORE_RETRY, false, &changed, e));
    assert_int_equal(changed.kept, 1);
    rig_verify(p->rig);
    assert_int_equal(job_of(p).state, JOB_DONE);
    expect_pieces(p, "1:0+5=a 2:5+6=b 3:11+10=c ");
    pieces_free(p);
}

/* Cancelled while a piece is asked for again, whose first answer then comes late: the call that
 * goes on speaks a piece that is answered, and its answer must not stand for the next one. */
static void a_repetition_that_nobody_needs_is_not_waited_for(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    struct store_changed changed;
    const struct store_selection job = {.batch_id = p->batch, .job_id = p->job};
    result.sha256[0] = 'L';
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    other_worker(p, &other);
    expect_claim(&other, 1, "One. ", "Before.", "Two.  ");
    OK(store_change(p->rig->s, &job, STORE_CANCEL, false, &changed, e));
    rig_settle(&p->w, &late);
    OK(store_change(p->rig->s, &job, STORE_RETRY, false, &changed, e));
    assert_int_equal(changed.in_flight + changed.kept, 0);
    assert_int_equal(job_of(p).state, JOB_READY);
    answer(&other, 'x');
    rig_verify(p->rig);
    expect_pieces(p, "1:0+5=L 2:5+6=- 3:11+10=- ");
    expect_claim(&other, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    answer(&other, 'b');
    expect_pieces(p, "1:0+5=L 2:5+6=b 3:11+10=- ");
    pieces_free(p);
}

static struct store_changed change(const struct pieces *p, enum store_change what) {
    const struct store_selection job = {.batch_id = p->batch, .job_id = p->job};
    struct store_changed changed;
    OK(store_change(p->rig->s, &job, what, false, &changed, e));
    rig_verify(p->rig);
    return changed;
}

/* What the call in flight brings is kept, and no other one is made: neither for the next piece, nor
 * for a piece that was refused, nor when an answer to it comes late. */
static void a_held_job_is_called_for_no_further_piece(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    struct rig_worker other;
    struct store_result result = rig_row_result();
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    assert_int_equal(change(p, STORE_HOLD).in_flight, 1);
    assert_int_equal(change(p, STORE_HOLD).jobs, 0); /* it is known */
    answer(&p->w, 'a');
    assert_int_equal(job_of(p).state, JOB_HELD);
    expect_pieces(p, "1:0+5=a 2:5+6=- 3:11+10=- ");
    change(p, STORE_RELEASE);
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    change(p, STORE_HOLD);
    struct store_settle x = settle_of(&p->w, ATTEMPT_REFUSED, JOB_DELAYED);
    x.delay_ms = 1;
    rig_settle(&p->w, &x);
    assert_int_equal(job_of(p).state, JOB_HELD);
    change(p, STORE_RELEASE);
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    struct store_settle late = settle_of(&p->w, ATTEMPT_ANSWERED, JOB_DONE);
    late.result = &result;
    give_up(p);
    change(p, STORE_HOLD);
    rig_settle(&p->w, &late);
    rig_verify(p->rig);
    assert_int_equal(job_of(p).state, JOB_HELD);
    assert_int_equal(job_of(p).piece_no, 3);
    change(p, STORE_RELEASE);
    other_worker(p, &other);
    expect_claim(&other, 3, "Drei \xc3\xa4\xc3\xb6.", "Two.  ", "After.");
    change(p, STORE_HOLD);
    answer(&other, 'c');
    assert_int_equal(job_of(p).state, JOB_DONE); /* nothing is left to be held */
    pieces_free(p);
}

/* Released, or wanted again after a cancel, before its call was over. */
static void a_job_that_is_released_during_its_call_goes_on(void **state) {
    (void)state;
    struct pieces *p = pieces_new(ends, 3);
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    change(p, STORE_HOLD);
    assert_int_equal(change(p, STORE_RELEASE).in_flight, 1);
    assert_int_equal(change(p, STORE_RELEASE).jobs, 0);
    answer(&p->w, 'a');
    assert_int_equal(job_of(p).state, JOB_READY);
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4\xc3\xb6.");
    change(p, STORE_HOLD);
    change(p, STORE_CANCEL);
    change(p, STORE_RETRY);
    answer(&p->w, 'b');
    assert_int_equal(job_of(p).state, JOB_READY);
    expect_claim(&p->w, 3, "Drei \xc3\xa4\xc3\xb6.", "Two.  ", "After.");
    answer(&p->w, 'c');
    pieces_free(p);
}

static void a_long_text_is_split_when_it_is_settled(void **state) {
    (void)state;
    struct pieces *p = pieces_new(NULL, 0);
    expect_claim(&p->w, 0, text, "Before.", "After.");
    struct store_settle x = settle_of(&p->w, ATTEMPT_UNSENT, JOB_READY);
    static const size_t two[] = {5, 21}, again[] = {6, 13, 16};
    x.split_ends = two;
    x.split_count = 2;
    rig_settle(&p->w, &x);
    rig_settle(&p->w, &x);
    rig_verify(p->rig);
    expect_pieces(p, "1:0+5=- 2:5+16=- ");
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  Drei \xc3\xa4\xc3\xb6.");
    answer(&p->w, 'a');
    expect_claim(&p->w, 2, "Two.  Drei \xc3\xa4\xc3\xb6.", "One. ", "After.");
    x = settle_of(&p->w, ATTEMPT_FAILED, JOB_READY); /* the provider finds it too long still */
    x.split_ends = again;
    x.split_count = 3;
    rig_settle(&p->w, &x);
    expect_pieces(p, "1:0+5=a 2:5+6=- 3:11+7=- 4:18+3=- ");
    expect_claim(&p->w, 2, "Two.  ", "One. ", "Drei \xc3\xa4");
    answer(&p->w, 'b');
    expect_claim(&p->w, 3, "Drei \xc3\xa4", "Two.  ", "\xc3\xb6.");
    x = settle_of(&p->w, ATTEMPT_FAILED, JOB_READY); /* in the middle: those behind move on */
    static const size_t middle[] = {3, 7};
    x.split_ends = middle;
    x.split_count = 2;
    rig_settle(&p->w, &x);
    expect_pieces(p, "1:0+5=a 2:5+6=b 3:11+3=- 4:14+4=- 5:18+3=- ");
    pieces_free(p);
}

/* What is split when it is claimed was not sent: its characters do not count, its pieces' do. */
static void a_split_text_takes_no_characters(void **state) {
    (void)state;
    struct pieces *p = pieces_new(NULL, 0);
    struct store_account_config slow = rig_account("acme", 10);
    slow.chars_interval_ns = INT64_C(60000000000);
    slow.chars_burst = 1;
    rig_settings(p->rig->s, &slow, 1, NULL, 0);
    expect_claim(&p->w, 0, text, "Before.", "After.");
    struct store_settle x = settle_of(&p->w, ATTEMPT_UNSENT, JOB_READY);
    x.split_ends = ends;
    x.split_count = 3;
    rig_settle(&p->w, &x);
    expect_claim(&p->w, 1, "One. ", "Before.", "Two.  ");
    answer(&p->w, 'a');
    rig_turn(&p->w, NULL, 0); /* in five minutes */
    assert_int_equal(p->w.want.claim_count, 0);
    pieces_free(p);
}

static void an_aborted_batch_leaves_no_pieces(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t id = rig_batch_begin(rig->s, "b", 1, 1);
    const struct store_job_spec job = {.text = text,
                                       .text_bytes = sizeof text - 1,
                                       .chars = 18,
                                       .piece_ends = ends,
                                       .piece_count = 3};
    OK(store_batch_add(rig->s, id, &job, 1, e));
    OK(store_batch_abort(rig->s, id, e));
    OK(store_verify(rig->s, true, e)); /* a piece without its job would dangle */
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_spoken_one_after_the_other),
        cmocka_unit_test(context_is_for_who_wants_it),
        cmocka_unit_test(a_failed_piece_keeps_the_others),
        cmocka_unit_test(a_late_answer_serves_its_piece_only),
        cmocka_unit_test(a_late_answer_to_a_piece_that_was_split_serves_nothing),
        cmocka_unit_test(a_late_answer_to_the_whole_text_ends_its_pieces),
        cmocka_unit_test(a_late_answer_to_a_piece_is_not_the_whole_text),
        cmocka_unit_test(a_late_answer_finds_the_job_ready),
        cmocka_unit_test(a_cancelled_job_keeps_its_pieces),
        cmocka_unit_test(a_repetition_that_nobody_needs_is_not_waited_for),
        cmocka_unit_test(a_held_job_is_called_for_no_further_piece),
        cmocka_unit_test(a_job_that_is_released_during_its_call_goes_on),
        cmocka_unit_test(a_long_text_is_split_when_it_is_settled),
        cmocka_unit_test(a_split_text_takes_no_characters),
        cmocka_unit_test(an_aborted_batch_leaves_no_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
