/* worker: the rows by which workers are known to each other. */
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"

bool store_worker_add(struct store *s, const struct store_worker_row *row, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_worker_insert,
                     BINDS(INT(":id", row->id), TEXT(":kind", row->kind), INT(":pid", row->pid),
                           INT(":restarts", row->restarts), INT(":now_ms", clock_wall_ms())),
                     NULL, e);
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

bool store_worker_remove(struct store *s, int64_t id, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool open = false;
    int64_t job_id;
    bool ok = db_int(s, Q_attempt_open_of, BINDS(INT(":worker_id", id)), &job_id, &open, e);
    ASSERT(!ok || !open);
    ok = ok && give_leases(s, id, e) && db_run(s, Q_worker_delete, BINDS(INT(":id", id)), NULL, e);
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
