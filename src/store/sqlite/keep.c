/*
 * keep: what the keeper asks of the store: reaping the dead, promoting what is due, ending leases.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "queue/retry.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/produce.h"
#include "store/sqlite/settle.h"
#include "store/sqlite/share.h"
#include "store/sqlite/worker.h"

#define PROMOTE_PART 1000  /* jobs made ready in one transaction */
#define START_LOOK_MS 1000 /* between two looks whether a batch may start */
#define OPEN_ATTEMPTS_MAX 65536

static const char lost_why[] =
    "the worker died during the call; its outcome is unknown (maybe billed)";

bool store_open_attempts(struct store *s, int64_t worker_id, struct store_open_attempt **list,
                         size_t *count, struct err *e) {
    size_t n = 0, room = 64;
    struct store_open_attempt *found = ensure_alloc(room * sizeof *found);
    sqlite3_stmt *stmt = db_query(s, Q_attempt_open_of, BINDS(INT(":worker_id", worker_id)));
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        ASSERT(n < OPEN_ATTEMPTS_MAX);
        if (n == room)
            found = ensure_realloc(found, (room *= 2) * sizeof *found);
        found[n++] = (struct store_open_attempt){.job_id = sqlite3_column_int64(stmt, 0),
                                                 .account_id = sqlite3_column_int64(stmt, 1),
                                                 .key = sqlite3_column_int64(stmt, 2),
                                                 .attempt_no = sqlite3_column_int(stmt, 3)};
    }
    db_done(stmt);
    if (!ok) {
        free(found);
        return false;
    }
    *list = found;
    *count = n;
    return true;
}

/* ---- the attempts of a dead worker ------------------------------------------------------------*/

struct policy {
    struct retry_policy retry;
    struct retry_history history;
};

static bool read_policy(struct store *s, int64_t job_id, struct policy *p, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_reap_policy, BINDS(INT(":job_id", job_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_CORRUPT, "%s: job %lld is not there", s->path, (long long)job_id);
    if (ok) {
        p->history = (struct retry_history){.attempts = sqlite3_column_int(stmt, 0) + 1,
                                            .refusals = sqlite3_column_int(stmt, 1),
                                            .uncertain = sqlite3_column_int(stmt, 2) + 1};
        bool known = sqlite3_column_type(stmt, 3) != SQLITE_NULL;
        p->retry =
            (struct retry_policy){.attempts_max = known ? sqlite3_column_int(stmt, 3) : 1,
                                  .uncertain_max = known ? sqlite3_column_int(stmt, 4) : 1,
                                  .backoff_base_ms = known ? sqlite3_column_int64(stmt, 5) : 1,
                                  .backoff_cap_ms = known ? sqlite3_column_int64(stmt, 6) : 1,
                                  .hold_uncertain = sqlite3_column_int(stmt, 7) != 0};
    }
    db_done(stmt);
    return ok;
}

/* A death is nobody's overload: a job that goes on is ready at once, not after a backoff. */
static bool settle_lost(struct store *s, const struct store_open_attempt *a, int32_t slot_no,
                        struct err *e) {
    struct policy p;
    if (!read_policy(s, a->job_id, &p, e))
        return false;
    struct retry_decision d =
        retry_decide(&p.retry, &p.history, ATTEMPT_UNCERTAIN, RETRY_AGAIN, 0, random_u64());
    struct store_settle settle = {.job_id = a->job_id,
                                  .attempt_no = a->attempt_no,
                                  .outcome = ATTEMPT_UNCERTAIN,
                                  .state = d.state == JOB_DELAYED ? JOB_READY : d.state,
                                  .why = lost_why,
                                  .slot_no = slot_no,
                                  .ended_ms = clock_wall_ms()};
    return settle_one(s, &settle, e);
}

static bool settle_unsent(struct store *s, const struct store_open_attempt *a, struct err *e) {
    struct store_settle settle = {.job_id = a->job_id,
                                  .attempt_no = a->attempt_no,
                                  .outcome = ATTEMPT_UNSENT,
                                  .state = JOB_READY,
                                  .why = "the worker died before the call began",
                                  .slot_no = -1,
                                  .ended_ms = clock_wall_ms()};
    return settle_one(s, &settle, e);
}

struct reaping {
    struct store *s;
    int64_t worker_id;
    int64_t account_id;            /* what happens to its calls on this one; 0 = on all */
    const struct store_sent *sent; /* NULL = nothing is known of it */
    struct store_reap_report report;
};

static const struct store_sent_mark *mark_of_attempt(const struct reaping *r,
                                                     const struct store_open_attempt *a) {
    for (size_t i = 0; r->sent && i < r->sent->count; i++) {
        const struct store_sent_mark *mark = &r->sent->marks[i];
        if (mark->job_id == a->job_id && mark->attempt_no == a->attempt_no)
            return mark;
    }
    return NULL;
}

static bool reap_attempts(struct reaping *r, struct err *e) {
    struct store_open_attempt *open;
    size_t count;
    if (!store_open_attempts(r->s, r->worker_id, &open, &count, e))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        if (r->account_id != 0 && r->account_id != open[i].account_id)
            continue;
        const struct store_sent_mark *mark = mark_of_attempt(r, &open[i]);
        bool was_sent = mark || !r->sent;
        ok = was_sent ? settle_lost(r->s, &open[i], mark ? mark->slot_no : -1, e)
                      : settle_unsent(r->s, &open[i], e);
        if (was_sent)
            r->report.uncertain++;
        else
            r->report.freed++;
    }
    free(open);
    return ok;
}

/* ---- the slots of a dead worker ---------------------------------------------------------------*/

struct dead_lease {
    int64_t account_id, slot_no, until_boot_ms, linger_ms;
};

/* The call that may still be running on this slot, or NULL. */
static const struct store_sent_mark *mark_of_slot(const struct reaping *r,
                                                  const struct dead_lease *l) {
    for (size_t i = 0; r->sent && i < r->sent->count; i++) {
        const struct store_sent_mark *mark = &r->sent->marks[i];
        if (!mark->over && mark->account_id == l->account_id && mark->slot_no == l->slot_no)
            return mark;
    }
    return NULL;
}

static bool reap_slot(struct reaping *r, const struct dead_lease *l, struct err *e) {
    const struct store_sent_mark *mark = mark_of_slot(r, l);
    const struct bind account = INT(":account_id", l->account_id),
                      slot = INT(":slot_no", l->slot_no);
    if (r->sent && !mark) {
        r->report.slots_freed++;
        return db_run(r->s, Q_lease_give, BINDS(account, slot, INT(":worker_id", r->worker_id)),
                      NULL, e);
    }
    int64_t until = clock_boot_ms() + l->linger_ms;
    int64_t over_by = mark ? mark->over_by_boot_ms : l->until_boot_ms;
    r->report.slots_held++;
    return db_run(r->s, Q_lease_hold,
                  BINDS(account, slot, INT(":until_boot_ms", over_by < until ? over_by : until)),
                  NULL, e);
}

static bool reap_slots(struct reaping *r, struct err *e) {
    for (;;) {
        sqlite3_stmt *stmt =
            db_query(r->s, Q_lease_of_worker, BINDS(INT(":worker_id", r->worker_id)));
        bool more = false;
        bool ok = db_row(r->s, stmt, &more, e);
        struct dead_lease lease = {.account_id = sqlite3_column_int64(stmt, 0),
                                   .slot_no = sqlite3_column_int64(stmt, 1),
                                   .until_boot_ms = sqlite3_column_int64(stmt, 2),
                                   .linger_ms = sqlite3_column_int64(stmt, 3)};
        db_done(stmt);
        if (!ok || !more)
            return ok;
        if (!reap_slot(r, &lease, e)) /* each pass takes one lease out of the list */
            return false;
    }
}

static bool tell_died(const struct reaping *r, const struct worker_gone *gone, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_DIED};
    const struct store_reap_report *report = &r->report;
    if (!gone->kind[0]) /* reaped already */
        return true;
    const char *what = strcmp(gone->kind, "call") == 0 ? "call worker" : gone->kind;
    if (report->uncertain + report->freed == 0)
        return event_say(r->s, &event, e, "%s, pid %d", what, gone->pid);
    return event_say(r->s, &event, e, "%s, pid %d: %lld call%s with unknown outcome, %lld not sent",
                     what, gone->pid, (long long)report->uncertain,
                     report->uncertain == 1 ? "" : "s", (long long)report->freed);
}

bool store_reap(struct store *s, int64_t worker_id, const struct store_sent *sent,
                struct store_reap_report *report, struct err *e) {
    struct reaping r = {.s = s, .worker_id = worker_id, .sent = sent};
    if (!produce_abort_all(s, worker_id, e) || !db_begin(s, e))
        return false;
    struct worker_gone gone;
    bool ok = reap_attempts(&r, e) && reap_slots(&r, e) && worker_delete(s, worker_id, &gone, e) &&
              tell_died(&r, &gone, e);
    if (!db_end(s, ok, e))
        return false;
    *report = r.report;
    return true;
}

/* ---- a worker that stood still --------------------------------------------------------------- */

bool store_frozen(struct store *s, int64_t *worker_id, int64_t *account_id, bool *found,
                  struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_lease_expired, BINDS(INT(":now_boot_ms", clock_boot_ms())));
    bool ok = db_row(s, stmt, found, e);
    if (ok && *found) {
        *worker_id = sqlite3_column_int64(stmt, 0);
        *account_id = sqlite3_column_int64(stmt, 1);
    }
    db_done(stmt);
    return ok;
}

/* The leases first: where they are gone it has been seen to. On another account, where calls may
 * take longer, its leases still hold. */
static bool end_leases(struct reaping *r, struct err *e) {
    const struct bind *binds =
        BINDS(INT(":worker_id", r->worker_id), INT(":account_id", r->account_id),
              INT(":now_boot_ms", clock_boot_ms()));
    return db_run(r->s, Q_lease_expire_worker, binds, &r->report.slots_freed, e) &&
           (r->report.slots_freed == 0 || reap_attempts(r, e));
}

bool store_reap_frozen(struct store *s, int64_t worker_id, int64_t account_id,
                       const struct store_sent *sent, struct store_reap_report *report,
                       struct err *e) {
    struct reaping r = {.s = s, .worker_id = worker_id, .account_id = account_id, .sent = sent};
    if (!db_begin(s, e) || !db_end(s, end_leases(&r, e), e))
        return false;
    *report = r.report;
    return true;
}

/* ---- what time brings -------------------------------------------------------------------------*/

/* A start is by the wall clock, which may be set meanwhile: it is looked at again soon. */
static bool next_start(struct store *s, int64_t *boot_ms, struct err *e) {
    int64_t start_ms;
    bool found = false;
    if (!db_int(s, Q_next_start, NO_BINDS, &start_ms, &found, e))
        return false;
    int64_t left = found ? start_ms - clock_wall_ms() : INT64_MAX;
    *boot_ms = INT64_MAX;
    if (found)
        *boot_ms = clock_boot_ms() + (left < 0 ? 0 : left < START_LOOK_MS ? left : START_LOOK_MS);
    return true;
}

static bool next_times(struct store *s, int64_t *due, int64_t *expiry, struct err *e) {
    bool found;
    *due = *expiry = INT64_MAX;
    int64_t start;
    if (!db_int(s, Q_next_due, NO_BINDS, due, &found, e) || !next_start(s, &start, e) ||
        !db_int(s, Q_next_expiry, NO_BINDS, expiry, &found, e))
        return false;
    *due = start < *due ? start : *due;
    return true;
}

/* Makes the jobs that the statement lists ready; *count of them, PROMOTE_PART at most. */
static bool promote_listed(struct store *s, sqlite3_stmt *stmt, size_t *count, struct err *e) {
    int64_t job[PROMOTE_PART], batch[PROMOTE_PART];
    size_t n = 0;
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        job[n] = sqlite3_column_int64(stmt, 0);
        batch[n++] = sqlite3_column_int64(stmt, 1);
    }
    db_done(stmt);
    for (size_t i = 0; ok && i < n; i++) {
        ok = db_run(s, Q_job_promote, BINDS(INT(":job_id", job[i])), NULL, e);
        db_count(s, batch[i], JOB_DELAYED, JOB_READY, 1);
    }
    *count = n;
    return ok;
}

/* A part of the jobs of a batch whose start has come; the next look goes on. */
static bool start(struct store *s, struct err *e) {
    int64_t batch_id;
    bool found = false;
    size_t count;
    if (!db_int(s, Q_start_due, BINDS(INT(":now_ms", clock_wall_ms())), &batch_id, &found, e))
        return false;
    return !found ||
           (promote_listed(s,
                           db_query(s, Q_start_jobs,
                                    BINDS(INT(":batch_id", batch_id), INT(":most", PROMOTE_PART))),
                           &count, e) &&
            (count == PROMOTE_PART ||
             db_run(s, Q_batch_started, BINDS(INT(":batch_id", batch_id)), NULL, e)));
}

static bool promote(struct store *s, int64_t now_boot_ms, struct err *e) {
    size_t count;
    return promote_listed(
               s,
               db_query(s, Q_due_list,
                        BINDS(INT(":now_boot_ms", now_boot_ms), INT(":most", PROMOTE_PART))),
               &count, e) &&
           start(s, e);
}

bool store_tidy(struct store *s, int64_t *next_boot_ms, struct err *e) {
    int64_t due, expiry, left = 0;
    if (!next_times(s, &due, &expiry, e) || !share_find_left(s, &left, e))
        return false;
    int64_t now_boot_ms = clock_boot_ms();
    if (due <= now_boot_ms || expiry <= now_boot_ms || left > 0) {
        if (!db_begin(s, e))
            return false;
        bool ok = promote(s, now_boot_ms, e) &&
                  db_run(s, Q_lease_expire, BINDS(INT(":now_boot_ms", now_boot_ms)), NULL, e) &&
                  share_tidy(s, left, e);
        if (!db_end(s, ok, e) || !next_times(s, &due, &expiry, e))
            return false;
    }
    *next_boot_ms = due < expiry ? due : expiry;
    if (left > 0)
        *next_boot_ms = now_boot_ms; /* there may be more of them than one look moves */
    return true;
}
