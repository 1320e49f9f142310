/* worker: the rows by which workers are known to each other. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/worker.h"

/* What people want to know: that a service began, and what came again after a death. */
static bool tell_started(struct store *s, const struct store_worker_row *row, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_STARTED};
    if (row->restarts > 0)
        return event_say(s, &event, e, "%s worker again, restart %d, pid %d", row->kind,
                         row->restarts, row->pid);
    return strcmp(row->kind, "keeper") != 0 ||
           event_say(s, &event, e, "service, keeper's pid %d", row->pid);
}

bool store_worker_add(struct store *s, const struct store_worker_row *row, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_worker_insert,
                     BINDS(INT(":id", row->id), TEXT(":kind", row->kind), INT(":pid", row->pid),
                           INT(":restarts", row->restarts), INT(":now_ms", clock_wall_ms())),
                     NULL, e) &&
              tell_started(s, row, e);
    return db_end(s, ok, e);
}

bool store_worker_state(struct store *s, int64_t id, const char *state, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_worker_set_state, BINDS(INT(":id", id), TEXT(":state", state)), NULL, e);
    return db_end(s, ok, e);
}

struct slot {
    int64_t account_id, slot_no;
};

static bool give_leases(struct store *s, int64_t worker_id, struct err *e) {
    for (;;) {
        sqlite3_stmt *stmt = db_query(s, Q_lease_of_worker, BINDS(INT(":worker_id", worker_id)));
        bool more = false;
        bool ok = db_row(s, stmt, &more, e);
        struct slot slot = {sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1)};
        db_done(stmt);
        if (!ok || !more)
            return ok;
        if (!db_run(s, Q_lease_give,
                    BINDS(INT(":account_id", slot.account_id), INT(":slot_no", slot.slot_no),
                          INT(":worker_id", worker_id)),
                    NULL, e))
            return false;
    }
}

bool worker_delete(struct store *s, int64_t id, struct worker_gone *gone, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_worker_delete, BINDS(INT(":id", id)));
    bool found = false;
    bool ok = db_row(s, stmt, &found, e);
    *gone = (struct worker_gone){.pid = 0};
    if (ok && found) {
        (void)snprintf(gone->kind, sizeof gone->kind, "%s", db_text(stmt, 0));
        gone->pid = sqlite3_column_int(stmt, 1);
    }
    db_done(stmt);
    return ok;
}

static bool tell_left(struct store *s, const struct worker_gone *gone, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_LEFT};
    return strcmp(gone->kind, "keeper") != 0 ||
           event_say(s, &event, e, "service, keeper's pid %d", gone->pid);
}

bool store_worker_remove(struct store *s, int64_t id, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool open = false;
    int64_t job_id;
    bool ok = db_int(s, Q_attempt_open_of, BINDS(INT(":worker_id", id)), &job_id, &open, e);
    ASSERT(!ok || !open);
    struct worker_gone gone;
    ok = ok && give_leases(s, id, e) && worker_delete(s, id, &gone, e) && tell_left(s, &gone, e);
    return db_end(s, ok, e);
}

bool store_workers_each(struct store *s,
                        void (*each)(int64_t id, const char *kind, const char *state, void *arg),
                        void *arg, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_worker_list, NO_BINDS);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        each(sqlite3_column_int64(stmt, 0), db_text(stmt, 1), db_text(stmt, 2), arg);
    db_done(stmt);
    return ok;
}
