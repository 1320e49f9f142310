/* walk.c: see walk.h. */
#include "store/sqlite/walk.h"

#include "base/ensure.h"

void walk_begin(struct walk *w, int64_t batch_id, unsigned state_mask) {
    PRE(!(state_mask & ~(WALK_ASIDE | JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING))));
    *w = (struct walk){.batch_id = batch_id, .state_mask = state_mask, .rank = INT64_MIN};
}

static bool read_ids(struct store *s, sqlite3_stmt *stmt, struct walk_page *page, struct err *e) {
    bool more = true, ok = true;
    page->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        page->ids[page->count++] = sqlite3_column_int64(stmt, 0);
    db_done(stmt);
    return ok;
}

bool walk_aside(struct store *s, int64_t batch_id, unsigned state_mask, int64_t after,
                struct walk_page *page, struct err *e) {
    char states[DB_STATES_TEXT_MAX];
    const struct bind *binds =
        BINDS(INT(":batch_id", batch_id), INT(":after", after),
              TEXT(":states", db_states(state_mask, states)), INT(":most", page->most));
    return read_ids(s, db_query(s, Q_job_ids_aside, binds), page, e);
}

bool walk_all(struct store *s, int64_t batch_id, int64_t after, struct walk_page *page,
              struct err *e) {
    const struct bind *binds =
        BINDS(INT(":batch_id", batch_id), INT(":after", after), INT(":most", page->most));
    return read_ids(s, db_query(s, Q_job_ids, binds), page, e);
}

static bool next_ready(struct store *s, struct walk *w, struct walk_page *page, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_job_ids_ready,
                                  BINDS(INT(":batch_id", w->batch_id), INT(":rank", w->rank),
                                        INT(":seq", w->seq), INT(":most", page->most)));
    bool more = true, ok = true;
    page->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        page->ids[page->count++] = sqlite3_column_int64(stmt, 0);
        w->rank = sqlite3_column_int64(stmt, 1);
        w->seq = sqlite3_column_int64(stmt, 2);
    }
    db_done(stmt);
    return ok;
}

static bool next_running(struct store *s, struct walk *w, struct walk_page *page, struct err *e) {
    const struct bind *binds =
        BINDS(INT(":batch_id", w->batch_id), INT(":after", w->after), INT(":most", page->most));
    return read_ids(s, db_query(s, Q_job_ids_running, binds), page, e);
}

static bool next_here(struct store *s, struct walk *w, struct walk_page *page, struct err *e) {
    unsigned aside = w->state_mask & WALK_ASIDE;
    page->count = 0;
    if (w->at == WALK_AT_READY)
        return !(w->state_mask & JOB_BIT(JOB_READY)) || next_ready(s, w, page, e);
    if (w->at == WALK_AT_RUNNING)
        return !(w->state_mask & JOB_BIT(JOB_RUNNING)) || next_running(s, w, page, e);
    return aside == 0 || walk_aside(s, w->batch_id, aside, w->after, page, e);
}

bool walk_next(struct store *s, struct walk *w, struct walk_page *page, struct err *e) {
    page->count = 0;
    while (w->at != WALK_OVER && page->count == 0) {
        if (!next_here(s, w, page, e))
            return false;
        w->found_ready = w->at == WALK_AT_READY;
        if (page->count > 0)
            w->after = page->ids[page->count - 1];
        if (page->count < page->most) {
            w->at++;
            w->after = 0;
        }
    }
    return true;
}
