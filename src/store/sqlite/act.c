/* act: what a person changes. Large batches are changed in parts, so that workers go on. */
#include "base/ensure.h"
#include "store/sqlite/db.h"

#define ACT_PART 2000 /* jobs changed in one transaction */

static bool ids_in_state(struct store *s, int64_t batch_id, enum job_state state, int64_t after,
                         int64_t *ids, size_t *count, struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_job_ids_in_state,
                 BINDS(INT(":batch_id", batch_id), TEXT(":state", job_state_text(state)),
                       INT(":after", after), INT(":most", ACT_PART)));
    bool more = true, ok = true;
    *count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        ids[(*count)++] = sqlite3_column_int64(stmt, 0);
    db_done(stmt);
    return ok;
}

/* Moves a part of the jobs from one state to another, beginning behind *after, which moves on. */
static bool move_part(struct store *s, int64_t batch_id, enum query change, enum job_state from,
                      enum job_state to, int64_t *after, int64_t *moved, struct err *e) {
    int64_t ids[ACT_PART];
    size_t count = 0;
    PRE(job_state_may_become(from, to));
    if (!db_begin(s, e))
        return false;
    bool ok = ids_in_state(s, batch_id, from, *after, ids, &count, e);
    for (size_t i = 0; ok && i < count; i++)
        ok = db_run(s, change, BINDS(INT(":job_id", ids[i]), TEXT(":state", job_state_text(from))),
                    NULL, e);
    if (ok && count > 0)
        db_count(s, batch_id, from, to, (int64_t)count);
    *moved = (int64_t)count;
    if (count > 0)
        *after = ids[count - 1];
    return db_end(s, ok, e);
}

static bool move_all(struct store *s, int64_t batch_id, enum query change, enum job_state from,
                     enum job_state to, int64_t *changed, struct err *e) {
    int64_t moved, after = 0;
    do {
        if (!move_part(s, batch_id, change, from, to, &after, &moved, e))
            return false;
        *changed += moved;
    } while (moved == ACT_PART);
    return true;
}

bool store_retry(struct store *s, int64_t batch_id, unsigned state_mask, int64_t *changed,
                 struct err *e) {
    int64_t total = 0;
    PRE(!(state_mask & ~(JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED))));
    for (enum job_state from = 0; from < JOB_STATE_COUNT; from++)
        if ((state_mask & JOB_BIT(from)) &&
            !move_all(s, batch_id, Q_job_retry, from, JOB_READY, &total, e))
            return false;
    *changed = total;
    return true;
}

bool store_cancel(struct store *s, int64_t batch_id, int64_t *changed, int64_t *in_flight,
                  struct err *e) {
    static const enum job_state open[] = {JOB_DELAYED, JOB_READY, JOB_HELD};
    int64_t total = 0, running = 0;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (!move_all(s, batch_id, Q_job_cancel, open[i], JOB_CANCELLED, &total, e))
            return false;
    if (!move_all(s, batch_id, Q_job_cancel, JOB_RUNNING, JOB_CANCELLED, &running, e))
        return false;
    *changed = total + running;
    *in_flight = running;
    return true;
}

bool store_cap(struct store *s, const char *account, int64_t cap, int64_t *before, struct err *e) {
    bool found = false;
    int64_t old = 0;
    PRE(cap >= 1);
    if (!db_begin(s, e))
        return false;
    bool ok = db_int(s, Q_account_cap, BINDS(TEXT(":name", account)), &old, &found, e);
    if (ok && !found)
        ok = err_set(e, ERR_NOT_FOUND, "no account %s", account);
    ok = ok &&
         db_run(s, Q_account_set_cap, BINDS(TEXT(":name", account), INT(":cap", cap)), NULL, e);
    if (!db_end(s, ok, e))
        return false;
    *before = old;
    return true;
}

bool store_resume(struct store *s, const char *account, bool *was, struct err *e) {
    int64_t id, changes = 0;
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_account_resume, BINDS(TEXT(":name", account)), &changes, e);
    if (!db_end(s, ok, e))
        return false;
    *was = changes > 0;
    return true;
}
