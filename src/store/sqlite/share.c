/* share.c: see share.h. */
#include "store/sqlite/share.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"

#define WHY_BYTES 240

struct owner {
    int64_t proof, job_id, result_id; /* result_id 0 = none that others may have */
    enum job_state state;
    bool expected; /* its answer may come soon */
    bool leaves;   /* its batch is being pruned */
    char batch[STORE_NAME_MAX + 1];
};

/* A call in flight, or the next try of one. A job that waits itself, or is spoken in pieces, has
 * nothing to give. */
static bool is_expected(enum job_state state, bool unfit, int64_t due_boot_ms, bool still_called) {
    if (unfit)
        return false;
    if (state == JOB_DELAYED)
        return due_boot_ms <= clock_boot_ms() + SHARE_LOOK_MS;
    return state == JOB_RUNNING || still_called;
}

static bool read_owner(struct store *s, enum query q, const struct bind *binds, struct owner *o,
                       bool *found, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, binds);
    bool ok = db_row(s, stmt, found, e);
    if (ok && *found) {
        *o = (struct owner){.proof = sqlite3_column_int64(stmt, 0),
                            .job_id = sqlite3_column_int64(stmt, 1),
                            .result_id = sqlite3_column_int64(stmt, 5)};
        const char *batch = db_text(stmt, 7);
        o->leaves = sqlite3_column_count(stmt) > 8 && sqlite3_column_int(stmt, 8) != 0;
        (void)sqlite3_snprintf((int)sizeof o->batch, o->batch, "%s", batch ? batch : "");
        ok =
            job_state_parse(db_text(stmt, 2), &o->state) ||
            err_set(e, ERR_CORRUPT, "%s: job %" PRId64 " is in no known state", s->path, o->job_id);
        if (ok)
            o->expected =
                is_expected(o->state, sqlite3_column_int(stmt, 3) != 0,
                            sqlite3_column_int64(stmt, 4), sqlite3_column_int(stmt, 6) != 0);
    }
    db_done(stmt);
    return ok;
}

/* ---- at the claim -----------------------------------------------------------------------------*/

static bool take_over(struct store *s, const struct share_job *job, struct err *e) {
    return db_run(s, Q_request_take,
                  BINDS(INT(":key", job->key.find), INT(":proof", job->key.check),
                        INT(":job_id", job->job_id)),
                  NULL, e);
}

/* The answer outlives the batch that is being pruned, as this job's. */
static bool inherit(struct store *s, const struct share_job *job, const struct owner *o,
                    struct err *e) {
    return take_over(s, job, e) &&
           db_run(s, Q_prune_hand_over,
                  BINDS(INT(":job_id", job->job_id), INT(":result_id", o->result_id)), NULL, e);
}

static bool share(struct store *s, const struct share_job *job, const struct owner *o,
                  struct err *e) {
    PRE(job_state_may_become(JOB_RUNNING, JOB_DONE));
    db_count(s, job->batch_id, JOB_READY, JOB_DONE, 1);
    db_count_shared(s, job->batch_id, 1);
    return db_run(s, Q_job_share,
                  BINDS(INT(":job_id", job->job_id), INT(":result_id", o->result_id)), NULL, e) &&
           (!o->leaves || inherit(s, job, o, e));
}

static bool wait_for(struct store *s, const struct share_job *job, const struct owner *o,
                     struct err *e) {
    char why[WHY_BYTES];
    (void)snprintf(why, sizeof why, "waits for the same text: job %" PRId64 " of batch %s",
                   o->job_id, o->batch);
    PRE(job_state_may_become(JOB_RUNNING, JOB_DELAYED));
    db_count(s, job->batch_id, JOB_READY, JOB_DELAYED, 1);
    return db_run(s, Q_job_wait,
                  BINDS(INT(":job_id", job->job_id), INT(":owner", o->job_id),
                        INT(":due_boot_ms", clock_boot_ms() + SHARE_LOOK_MS),
                        TEXT_BYTES(":why", why, strlen(why))),
                  NULL, e);
}

bool share_claimed(struct store *s, const struct share_job *job, enum share_verdict *verdict,
                   struct err *e) {
    const struct bind *key = BINDS(INT(":key", job->key.find), INT(":proof", job->key.check),
                                   INT(":job_id", job->job_id));
    struct owner o;
    bool found = false;
    int64_t inserted = 0;
    *verdict = SHARE_CALL;
    if (job->fresh)
        return take_over(s, job, e);
    if (!db_run(s, Q_request_insert, key, &inserted, e))
        return false;
    if (inserted)
        return true;
    if (!read_owner(s, Q_request_owner, BINDS(INT(":key", job->key.find)), &o, &found, e))
        return false;
    if (found && (o.proof != job->key.check || o.job_id == job->job_id))
        return true; /* another request with the same half of its key; or its own */
    if (found && o.result_id) {
        *verdict = SHARE_DONE;
        return share(s, job, &o, e);
    }
    if (found && o.expected) {
        *verdict = SHARE_WAIT;
        return wait_for(s, job, &o, e);
    }
    return take_over(s, job, e);
}

/* ---- when the owner has moved -----------------------------------------------------------------*/

#define WAITERS_AT_ONCE 32 /* most jobs have none: their settle should not clear much memory */

struct waiters {
    int64_t job[WAITERS_AT_ONCE], batch[WAITERS_AT_ONCE];
    size_t count;
};

static bool read_waiters(struct store *s, int64_t owner, size_t most, struct waiters *w,
                         struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_waiter_list, BINDS(INT(":owner", owner), INT(":most", most)));
    bool more = true, ok = true;
    w->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        w->job[w->count] = sqlite3_column_int64(stmt, 0);
        w->batch[w->count++] = sqlite3_column_int64(stmt, 1);
    }
    db_done(stmt);
    return ok;
}

/* result_id 0: ready again. Who has moved waits no more, so the next look finds others. */
static bool move_some(struct store *s, const struct waiters *w, int64_t result_id, struct err *e) {
    enum job_state to = result_id ? JOB_DONE : JOB_READY;
    PRE(job_state_may_become(JOB_DELAYED, to));
    for (size_t i = 0; i < w->count; i++) {
        const struct bind id = INT(":job_id", w->job[i]);
        bool ok = result_id
                      ? db_run(s, Q_waiter_done, BINDS(id, INT(":result_id", result_id)), NULL, e)
                      : db_run(s, Q_job_promote, BINDS(id), NULL, e);
        if (!ok)
            return false;
        db_count(s, w->batch[i], JOB_DELAYED, to, 1);
        if (result_id)
            db_count_shared(s, w->batch[i], 1);
    }
    return true;
}

static bool move_waiters(struct store *s, int64_t owner, int64_t result_id, size_t most,
                         size_t *moved, struct err *e) {
    struct waiters w;
    size_t wanted;
    *moved = 0;
    do {
        size_t left = most - *moved;
        wanted = left < WAITERS_AT_ONCE ? left : WAITERS_AT_ONCE;
        if (!read_waiters(s, owner, wanted, &w, e) || !move_some(s, &w, result_id, e))
            return false;
        *moved += w.count;
    } while (w.count == wanted && *moved < most);
    return true;
}

bool share_answered(struct store *s, int64_t job_id, int64_t result_id, struct err *e) {
    size_t moved;
    PRE(result_id > 0);
    return move_waiters(s, job_id, result_id, SHARE_TURN_MAX, &moved, e);
}

bool share_given_up(struct store *s, int64_t job_id, struct err *e) {
    size_t moved;
    return move_waiters(s, job_id, 0, SHARE_TURN_MAX, &moved, e);
}

/* ---- by the keeper ----------------------------------------------------------------------------*/

/* The first job from `owner` on that others wait for and that is over. One that is ready will be
 * claimed, or passed over at its waiters' due time. */
static bool next_left(struct store *s, int64_t *owner, struct owner *o, struct err *e) {
    for (int64_t after = *owner - 1;;) {
        bool found = false;
        if (!db_int(s, Q_waiter_next_owner, BINDS(INT(":after", after)), &after, &found, e))
            return false;
        *owner = found ? after : 0;
        if (!found)
            return true;
        *o = (struct owner){.state = JOB_FAILED}; /* gone */
        if (!read_owner(s, Q_waiter_owner, BINDS(INT(":job_id", after)), o, &found, e))
            return false;
        if (!o->expected && o->state != JOB_READY)
            return true;
    }
}

bool share_find_left(struct store *s, int64_t *owner, struct err *e) {
    struct owner o;
    *owner = 1;
    return next_left(s, owner, &o, e);
}

bool share_tidy(struct store *s, int64_t owner, struct err *e) {
    size_t left = SHARE_TIDY_MAX, moved = 0;
    struct owner o;
    while (owner > 0 && left > 0) {
        if (!next_left(s, &owner, &o, e))
            return false;
        if (owner == 0)
            break;
        if (!move_waiters(s, owner, o.result_id, left, &moved, e))
            return false;
        left -= moved;
        if (left > 0)
            owner++;
    }
    return true;
}
