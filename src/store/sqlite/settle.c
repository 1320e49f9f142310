/* settle.c: see settle.h. The picture of the edges is in queue/state.h. */
#include "store/sqlite/settle.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/piece.h"
#include "store/sqlite/settle_account.h"
#include "store/sqlite/share.h"

#define WHY_BYTES 512
#define PROBE_BACK_MS 4000 /* a job whose probe failed: longer than the next probe is away */

static const char person_why[] = "held by a person"; /* as job_hold.sql says it */

static struct bind optional_int(const char *name, int64_t value, int64_t none) {
    struct bind b = INT(name, value);
    if (value == none)
        b.kind = BIND_NULL;
    return b;
}

struct known { /* of an attempt */
    enum attempt_outcome outcome;
    int64_t cost, account_id;
};

/* *found is false when there is no such attempt, or it is not the one of this key. */
static bool read_attempt(struct store *s, const struct store_settle *x, struct known *a,
                         bool *found, struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_attempt_state,
                 BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no), INT(":key", x->key)));
    bool ok = db_row(s, stmt, found, e);
    if (ok && *found && !attempt_outcome_parse(db_text(stmt, 0), &a->outcome))
        ok = err_set(e, ERR_CORRUPT, "%s: attempt %d of job %lld has no known outcome", s->path,
                     x->attempt_no, (long long)x->job_id);
    if (ok && *found) {
        a->cost = sqlite3_column_int64(stmt, 1);
        a->account_id = sqlite3_column_int64(stmt, 2);
    }
    db_done(stmt);
    return ok;
}

static bool write_attempt(struct store *s, enum query q, const struct store_settle *x,
                          struct err *e) {
    struct bind binds[] = {INT(":job_id", x->job_id),
                           INT(":n", x->attempt_no),
                           optional_int(":slot_no", x->slot_no, -1),
                           optional_int(":started_ms", x->started_ms, 0),
                           optional_int(":ended_ms", x->ended_ms, 0),
                           optional_int(":http_status", x->http_status, 0),
                           INT(":bytes", x->bytes),
                           TEXT(":request_id", x->request_id),
                           TEXT(":outcome", attempt_outcome_text(x->outcome)),
                           TEXT(":error", x->why),
                           TEXT(":excerpt", x->excerpt),
                           {0}};
    if (q == Q_attempt_late)
        binds[8] = (struct bind){0}; /* it says itself what became of it */
    return db_run(s, q, binds, NULL, e);
}

enum unshared { SHARED = 0, UNSHARED_NOBODYS = 1, UNSHARED_WORDS = 2 }; /* see the schema */

static bool insert_result(struct store *s, const struct store_settle *x, enum unshared unshared,
                          struct err *e) {
    const struct store_result *r = x->result;
    return db_run(s, Q_result_insert,
                  BINDS(INT(":job_id", x->job_id), TEXT(":format", r->format),
                        INT(":unshared", unshared), INT(":bytes", r->bytes),
                        INT(":duration_ms", r->duration_ms),
                        BLOB(":sha256", r->sha256, STORE_SHA256_BYTES), TEXT(":path", r->path),
                        optional_int(":offset", r->offset, 0), INT(":now_ms", clock_wall_ms()),
                        BLOB(":body", r->body, r->bytes)),
                  NULL, e);
}

static bool write_result(struct store *s, const struct store_settle *x, int64_t *result_id,
                         struct err *e) {
    bool ok = insert_result(s, x, x->unshared ? UNSHARED_WORDS : SHARED, e);
    if (ok)
        *result_id = sqlite3_last_insert_rowid(s->db);
    return ok;
}

/* Paid for, and no use to the job. It is on record all the same, so that its bytes are known for
 * what they are and go with the job. */
static bool keep_needless(struct store *s, const struct store_settle *x, struct err *e) {
    return insert_result(s, x, UNSHARED_NOBODYS, e) &&
           db_run(s, Q_attempt_needless, BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no)),
                  NULL, e);
}

struct place { /* where a job stands */
    int64_t batch_id, piece_no, chars;
    int attempt_no;
    enum job_state state;
    bool has_answer, hold;
};

static bool read_job(struct store *s, int64_t job_id, struct place *at, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_job_state, BINDS(INT(":job_id", job_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && (!more || !job_state_parse(db_text(stmt, 1), &at->state)))
        ok = err_set(e, ERR_CORRUPT, "%s: job %lld is not there", s->path, (long long)job_id);
    if (ok) {
        at->batch_id = sqlite3_column_int64(stmt, 0);
        at->piece_no = sqlite3_column_int64(stmt, 2);
        at->chars = sqlite3_column_int64(stmt, 3);
        at->attempt_no = sqlite3_column_int(stmt, 4);
        at->has_answer = sqlite3_column_int(stmt, 5) != 0;
        at->hold = sqlite3_column_int(stmt, 6) != 0;
    }
    db_done(stmt);
    return ok;
}

/* Who waits for the same request gets the answer, or asks again. */
static bool tell_waiters(struct store *s, const struct store_settle *x, int64_t result_id,
                         struct err *e) {
    return x->unshared ? share_given_up(s, x->job_id, e)
                       : share_answered(s, x->job_id, result_id, e);
}

/* A piece was answered: the job moves on to the next one; one that is cancelled, or that a person
 * wants held, does not. */
static bool answer_piece(struct store *s, const struct store_settle *x, const struct place *at,
                         struct err *e) {
    int64_t result_id;
    bool follows = false;
    if (!piece_follows(s, x->job_id, at->piece_no, &follows, e))
        return false;
    enum job_state state = at->state == JOB_CANCELLED ? JOB_CANCELLED
                           : !follows                 ? JOB_DONE
                           : at->hold                 ? JOB_HELD
                                                      : JOB_READY;
    /* a late answer may find the job ready for the repetition: then it is ready for the next */
    ASSERT(at->state == state || job_state_may_become(at->state, state));
    db_count(s, at->batch_id, at->state, state, 1);
    if (state == JOB_DONE)
        db_count_spoken(s, at->batch_id, at->chars);
    return write_result(s, x, &result_id, e) &&
           piece_answered(s, x->job_id, at->piece_no, result_id, state, e);
}

/* A late answer is of use when it speaks what has no answer yet: the piece that is asked for now,
 * or all of the text, also when that was split meanwhile. *spoken: the piece, 0 = all. */
static bool is_wanted(struct store *s, const struct store_settle *x, const struct place *at,
                      bool *wanted, int64_t *spoken, struct err *e) {
    bool found = false;
    *spoken = 0;
    *wanted = at->state != JOB_DONE && !at->has_answer;
    if (!*wanted)
        return true;
    bool ok = db_int(s, Q_attempt_piece, BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no)),
                     spoken, &found, e);
    *wanted = ok && (*spoken == 0 || *spoken == at->piece_no);
    return ok;
}

/* A cancelled job stays cancelled and keeps the answer, which was paid for: equal requests find it,
 * and so does a retry. */
static bool take_whole(struct store *s, const struct store_settle *x, const struct place *at,
                       struct err *e) {
    int64_t result_id;
    bool is_cancelled = at->state == JOB_CANCELLED;
    if (!is_cancelled) {
        ASSERT(job_state_may_become(at->state, JOB_DONE));
        db_count(s, at->batch_id, at->state, JOB_DONE, 1);
        db_count_spoken(s, at->batch_id, at->chars);
    }
    return (at->piece_no == 0 || piece_drop_all(s, x->job_id, e)) &&
           write_result(s, x, &result_id, e) &&
           db_run(s, is_cancelled ? Q_job_keep_answer : Q_job_take_late,
                  BINDS(INT(":job_id", x->job_id), INT(":result_id", result_id)), NULL, e) &&
           tell_waiters(s, x, result_id, e);
}

/* The attempt was given up (its lease ran out) or the job has moved on: only an answer counts. */
static bool take_late(struct store *s, const struct store_settle *x, bool was_uncertain,
                      struct err *e) {
    struct place at;
    int64_t spoken;
    bool wanted = false;
    if (!read_job(s, x->job_id, &at, e))
        return false;
    if (was_uncertain)
        db_count_uncertain(s, at.batch_id, -1);
    if (!is_wanted(s, x, &at, &wanted, &spoken, e))
        return false;
    if (!wanted)
        return keep_needless(s, x, e);
    if (at.state == JOB_READY && !bill_forget_need(s, at.batch_id, e))
        return false;
    return spoken > 0 ? answer_piece(s, x, &at, e) : take_whole(s, x, &at, e);
}

/* A job that waits for a person says what happened and what it may have cost. */
static bool write_held_why(struct store *s, const struct store_settle *x, char why[WHY_BYTES],
                           struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_attempt_maybe, BINDS(INT(":job_id", x->job_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    int64_t calls = ok ? sqlite3_column_int64(stmt, 0) : 0;
    int64_t micros = ok ? sqlite3_column_int64(stmt, 1) : 0;
    const char *currency = ok ? db_text(stmt, 2) : NULL;
    char money[PRICE_MONEY_BYTES];
    int n = snprintf(why, WHY_BYTES, "%s%s%lld call%s" STORE_MAYBE_BILLED, x->why ? x->why : "",
                     x->why ? "; " : "", (long long)calls, calls == 1 ? "" : "s");
    if (micros > 0 && n > 0 && n < WHY_BYTES)
        (void)snprintf(why + n, WHY_BYTES - (size_t)n, ": %s %s", price_money_text(micros, money),
                       currency ? currency : "");
    db_done(stmt);
    return ok;
}

/* `result_id` 0 = it has no answer of its own. */
static bool move_job(struct store *s, const struct store_settle *x, bool spared, int64_t result_id,
                     struct err *e) {
    char held_why[WHY_BYTES];
    const char *why = x->state == JOB_DONE ? NULL : x->why;
    if (x->state == JOB_HELD && x->outcome == ATTEMPT_UNCERTAIN) {
        if (!write_held_why(s, x, held_why, e))
            return false;
        why = held_why;
    }
    struct bind due = INT(":due_boot_ms", clock_boot_ms() + x->delay_ms);
    struct bind wall = INT(":not_before_ms", clock_wall_ms() + x->delay_ms);
    if (x->state != JOB_DELAYED)
        due.kind = wall.kind = BIND_NULL;
    return db_run(s, Q_job_settle,
                  BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no),
                        TEXT(":state", job_state_text(x->state)), due, wall, TEXT(":why", why),
                        TEXT(":outcome", attempt_outcome_text(x->outcome)), INT(":spared", spared),
                        optional_int(":result_id", result_id, 0)),
                  NULL, e);
}

/* The job was cancelled meanwhile, or answered by another attempt. */
static bool settle_unwanted(struct store *s, const struct store_settle *x, struct err *e) {
    if (x->outcome == ATTEMPT_ANSWERED)
        return take_late(s, x, false, e);
    if (!share_given_up(s, x->job_id, e))
        return false;
    if (x->outcome != ATTEMPT_UNCERTAIN)
        return true;
    struct place at;
    if (!read_job(s, x->job_id, &at, e))
        return false;
    db_count_uncertain(s, at.batch_id, 1); /* maybe billed, whatever became of the job */
    return true;
}

/* How long a call took, for the account's forecasts. */
static bool learn(struct store *s, const struct store_settle *x, const struct place *at,
                  int64_t account_id, struct err *e) {
    struct flow_row *row;
    int64_t chars = at->chars;
    bool answered = x->outcome == ATTEMPT_ANSWERED, ok = true;
    if (x->started_ms == 0 || x->ended_ms < x->started_ms)
        return true;
    if (answered && at->piece_no > 0) { /* of the piece alone */
        sqlite3_stmt *stmt = db_query(s, Q_bill_of_attempt,
                                      BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no)));
        bool more = false;
        ok = db_row(s, stmt, &more, e);
        chars = ok && more ? sqlite3_column_int64(stmt, 3) : 0;
        db_done(stmt);
    }
    if (!ok || !flow_of(s, account_id, &row, e))
        return false;
    eta_saw(&row->seen, chars, x->ended_ms - x->started_ms, answered);
    row->pace_changed = true;
    return true;
}

/* A job that ends badly is rare, and for people. */
static bool tell_people(struct store *s, const struct store_settle *x, const struct place *at,
                        struct err *e) {
    const struct event event = {.kind =
                                    x->state == JOB_HELD ? STORE_EVENT_HELD : STORE_EVENT_FAILED,
                                .batch_id = at->batch_id,
                                .job_id = x->job_id,
                                .what = x->why ? x->why : "no reason given"};
    return (x->state != JOB_HELD && x->state != JOB_FAILED) || event_add(s, &event, e);
}

/* A person has held it while it was called: it is not called again. */
static void hold(struct store_settle *x) {
    x->state = JOB_HELD;
    if (x->outcome != ATTEMPT_UNCERTAIN) /* which has more to say */
        x->why = person_why;
}

static bool settle_job(struct store *s, struct store_settle *x, bool spared, int64_t account_id,
                       struct err *e) {
    int64_t result_id = 0;
    struct place at;
    if (!read_job(s, x->job_id, &at, e))
        return false;
    if (at.state != JOB_RUNNING || at.attempt_no != x->attempt_no)
        return settle_unwanted(s, x, e);
    if (at.hold && (x->state == JOB_READY || x->state == JOB_DELAYED))
        hold(x);
    bool whole = x->result && at.piece_no == 0;
    if ((whole && !write_result(s, x, &result_id, e)) || !move_job(s, x, spared, result_id, e) ||
        !learn(s, x, &at, account_id, e) || !tell_people(s, x, &at, e))
        return false;
    if (x->outcome == ATTEMPT_UNCERTAIN)
        db_count_uncertain(s, at.batch_id, 1);
    if (x->result && at.piece_no > 0)
        return answer_piece(s, x, &at, e);
    db_count(s, at.batch_id, JOB_RUNNING, x->state, 1);
    if (x->split_count > 0)
        return piece_split(s, x->job_id, at.piece_no, x->split_ends, x->split_count, e) &&
               share_given_up(s, x->job_id, e);
    if (!x->result) /* a try that comes soon is waited for */
        return (x->state == JOB_DELAYED && x->delay_ms <= SHARE_LOOK_MS) ||
               share_given_up(s, x->job_id, e);
    db_count_spoken(s, at.batch_id, at.chars);
    return tell_waiters(s, x, result_id, e);
}

/* While the provider is down, what it refuses or fails says nothing about the job: it goes on,
 * behind the breaker, at no cost. A failed probe stands back, so that the next one asks with
 * another text. */
static bool spare(struct store_settle *x, const struct flow_effect *effect) {
    bool spared = effect->outage && (x->outcome == ATTEMPT_REFUSED || x->outcome == ATTEMPT_FAILED);
    if (!spared)
        return false;
    x->state = effect->was_probe ? JOB_DELAYED : JOB_READY;
    x->delay_ms = effect->was_probe ? PROBE_BACK_MS : 0;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool hold_slot(struct store *s, const struct store_settle *x, struct err *e) {
    if (x->abandoned_over_by_boot_ms == 0)
        return true;
    PRE(x->slot_no >= 0);
    return db_run(s, Q_lease_abandon,
                  BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no),
                        INT(":slot_no", x->slot_no), INT(":now_boot_ms", clock_boot_ms()),
                        INT(":over_by_boot_ms", x->abandoned_over_by_boot_ms)),
                  NULL, e);
}

/* The call's own outcome, known for the first time. */
static bool settle_call(struct store *s, struct store_settle *x, const struct known *a,
                        struct err *e) {
    struct flow_effect effect;
    if (!write_attempt(s, Q_attempt_settle, x, e) || !bill_settle(s, x, a->cost, e) ||
        !settle_account(s, x, a->account_id, &effect, e))
        return false;
    bool spared = spare(x, &effect);
    return settle_job(s, x, spared, a->account_id, e) && hold_slot(s, x, e);
}

/* It was given up as uncertain, and its answer arrived after all. */
static bool settle_late(struct store *s, const struct store_settle *x, const struct known *a,
                        struct err *e) {
    return write_attempt(s, Q_attempt_late, x, e) && bill_settle_late(s, x, a->cost, e) &&
           take_late(s, x, true, e);
}

bool settle_one(struct store *s, const struct store_settle *settle, struct err *e) {
    struct store_settle x = *settle;
    struct known a;
    bool found = false;
    PRE(x.outcome != ATTEMPT_SENDING && (x.outcome == ATTEMPT_ANSWERED) == (x.result != NULL));
    PRE(job_state_may_become(JOB_RUNNING, x.state));
    PRE(x.split_count == 0 || (x.state == JOB_READY && !x.result));
    if (!read_attempt(s, &x, &a, &found, e))
        return false;
    if (found && a.outcome == ATTEMPT_SENDING)
        return settle_call(s, &x, &a, e);
    bool late = found && a.outcome == ATTEMPT_UNCERTAIN && x.outcome == ATTEMPT_ANSWERED;
    return !late || settle_late(s, &x, &a, e);
}
