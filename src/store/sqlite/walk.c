/* walk.c: see walk.h. */
#include "store/sqlite/walk.h"

#include "base/ensure.h"

void walk_begin(struct walk *w, int64_t batch_id, unsigned state_mask) {
    PRE(!(state_mask & ~(WALK_ASIDE | JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING))));
    *w = (struct walk){.batch_id = batch_id, .state_mask = state_mask, .rank = INT64_MIN};
}

static bool read_ids(struct store *s, sqlite3_stmt *stmt, int64_t *ids, size_t *count,
                     struct err *e) {
    bool more = true, ok = true;
    *count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        ids[(*count)++] = sqlite3_column_int64(stmt, 0);
    db_done(stmt);
    return ok;
}

bool walk_aside(struct store *s, int64_t batch_id, unsigned state_mask, int64_t after, int64_t *ids,
                size_t most, size_t *count, struct err *e) {
    char states[DB_STATES_TEXT_MAX];
    sqlite3_stmt *stmt =
        db_query(s, Q_job_ids_aside,
                 BINDS(INT(":batch_id", batch_id), INT(":after", after),
                       TEXT(":states", db_states(state_mask, states)), INT(":most", most)));
    return read_ids(s, stmt, ids, count, e);
}

static bool next_ready(struct store *s, struct walk *w, int64_t *ids, size_t most, size_t *count,
                       struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_job_ids_ready,
                                  BINDS(INT(":batch_id", w->batch_id), INT(":rank", w->rank),
                                        INT(":seq", w->seq), INT(":most", most)));
    bool more = true, ok = true;
    *count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        ids[(*count)++] = sqlite3_column_int64(stmt, 0);
        w->rank = sqlite3_column_int64(stmt, 1);
        w->seq = sqlite3_column_int64(stmt, 2);
    }
    db_done(stmt);
    return ok;
}

static bool next_running(struct store *s, struct walk *w, int64_t *ids, size_t most, size_t *count,
                         struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_job_ids_running,
                 BINDS(INT(":batch_id", w->batch_id), INT(":after", w->after), INT(":most", most)));
    return read_ids(s, stmt, ids, count, e);
}

static bool next_here(struct store *s, struct walk *w, int64_t *ids, size_t most, size_t *count,
                      struct err *e) {
    unsigned aside = w->state_mask & WALK_ASIDE;
    *count = 0;
    if (w->at == WALK_AT_READY)
        return !(w->state_mask & JOB_BIT(JOB_READY)) || next_ready(s, w, ids, most, count, e);
    if (w->at == WALK_AT_RUNNING)
        return !(w->state_mask & JOB_BIT(JOB_RUNNING)) || next_running(s, w, ids, most, count, e);
    return aside == 0 || walk_aside(s, w->batch_id, aside, w->after, ids, most, count, e);
}

bool walk_next(struct store *s, struct walk *w, int64_t *ids, size_t most, size_t *count,
               struct err *e) {
    *count = 0;
    while (w->at != WALK_OVER && *count == 0) {
        if (!next_here(s, w, ids, most, count, e))
            return false;
        w->found_ready = w->at == WALK_AT_READY;
        if (*count > 0)
            w->after = ids[*count - 1];
        if (*count < most) {
            w->at++;
            w->after = 0;
        }
    }
    return true;
}
