/* act: what a person changes. Large batches are changed in parts, so that workers go on. */
#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/share.h"

#define ACT_PART 2000 /* jobs changed in one transaction */

#define STATES_TEXT_MAX 96

struct part { /* jobs of a batch by id: each is looked at once, in whichever state it is then */
    int64_t after;
    size_t count;
    int64_t id[ACT_PART];
    enum job_state state[ACT_PART];
};

static const char *list_states(unsigned mask, char out[STATES_TEXT_MAX]) {
    int bytes = 0;
    for (enum job_state state = 0; state < JOB_STATE_COUNT; state++)
        if (mask & JOB_BIT(state))
            bytes += snprintf(out + bytes, STATES_TEXT_MAX - (size_t)bytes, ",%s,",
                              job_state_text(state));
    ASSERT(bytes > 0 && bytes < STATES_TEXT_MAX);
    return out;
}

static bool read_part(struct store *s, int64_t batch_id, unsigned from_mask, struct part *part,
                      struct err *e) {
    char room[STATES_TEXT_MAX];
    const char *states = list_states(from_mask, room);
    sqlite3_stmt *stmt = db_query(s, Q_job_ids_in_states,
                                  BINDS(INT(":batch_id", batch_id), TEXT(":states", states),
                                        INT(":after", part->after), INT(":most", ACT_PART)));
    bool more = true, ok = true;
    part->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        part->id[part->count] = sqlite3_column_int64(stmt, 0);
        bool known = job_state_parse(db_text(stmt, 1), &part->state[part->count]);
        ASSERT(known);
        part->count++;
    }
    db_done(stmt);
    return ok;
}

/* Who waited for these jobs waits no more; but of a call in flight the answer is still to come. At
 * the end of a part, whose own jobs may wait for each other. */
static bool release_waiters(struct store *s, const struct part *part, struct err *e) {
    for (size_t i = 0; i < part->count; i++)
        if (part->state[i] != JOB_RUNNING && !share_given_up(s, part->id[i], e))
            return false;
    return true;
}

/* One transaction; moved[state] grows by the jobs that were in it. */
static bool move_part(struct store *s, int64_t batch_id, enum query change, unsigned from_mask,
                      enum job_state to, struct part *part, int64_t moved[JOB_STATE_COUNT],
                      struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = read_part(s, batch_id, from_mask, part, e);
    for (size_t i = 0; ok && i < part->count; i++) {
        enum job_state from = part->state[i];
        PRE(job_state_may_become(from, to));
        ok = db_run(s, change,
                    BINDS(INT(":job_id", part->id[i]), TEXT(":state", job_state_text(from))), NULL,
                    e);
        db_count(s, batch_id, from, to, 1);
        moved[from]++;
    }
    ok = ok && release_waiters(s, part, e);
    if (ok && part->count > 0)
        part->after = part->id[part->count - 1];
    return db_end(s, ok, e);
}

/* Every job is visited once, so none slips by from one state to another while the parts go on. */
static bool move_all(struct store *s, int64_t batch_id, enum query change, unsigned from_mask,
                     enum job_state to, int64_t moved[JOB_STATE_COUNT], int64_t *changed,
                     struct err *e) {
    struct part *part = ensure_alloc(sizeof *part);
    int64_t total = 0;
    bool ok = true;
    part->after = 0;
    do {
        ok = move_part(s, batch_id, change, from_mask, to, part, moved, e);
        total += (int64_t)part->count;
    } while (ok && part->count == ACT_PART);
    free(part);
    if (ok)
        *changed = total;
    return ok;
}

bool store_retry(struct store *s, int64_t batch_id, unsigned state_mask, int64_t *changed,
                 struct err *e) {
    int64_t moved[JOB_STATE_COUNT] = {0};
    PRE(state_mask &&
        !(state_mask & ~(JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED))));
    return move_all(s, batch_id, Q_job_retry, state_mask, JOB_READY, moved, changed, e);
}

bool store_cancel(struct store *s, int64_t batch_id, int64_t *changed, int64_t *in_flight,
                  struct err *e) {
    const unsigned open =
        JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_RUNNING);
    int64_t moved[JOB_STATE_COUNT] = {0};
    if (!move_all(s, batch_id, Q_job_cancel, open, JOB_CANCELLED, moved, changed, e))
        return false;
    *in_flight = moved[JOB_RUNNING];
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
