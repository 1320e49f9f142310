/*
 * compact: the database without the pages that became free, written anew.
 *
 * By VACUUM, in one transaction: whoever dies leaves the database as it was, or compacted. A copy
 * that is renamed would not do: the log and the locks belong to the file that is there. What SQLite
 * writes goes to the log first, so it takes as much room there as the compacted database has; the
 * checkpoint then makes both files short.
 */
#include "base/ensure.h"
#include "store/sqlite/db.h"

bool store_database_size(struct store *s, struct store_size *size, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_database_size, NO_BINDS);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more)
        *size = (struct store_size){.bytes = sqlite3_column_int64(stmt, 0),
                                    .free_bytes = sqlite3_column_int64(stmt, 1)};
    db_done(stmt);
    return ok;
}

static bool run(struct store *s, const char *sql, struct err *e) {
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || db_error(s, rc, "compacting", e);
}

/* It attaches a database of its own, which may be larger than the memory. */
static bool vacuum(struct store *s, struct err *e) {
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 1);
    bool ok = run(s, "PRAGMA temp_store = FILE", e) && run(s, "VACUUM", e);
    struct err ignored;
    if (!run(s, "PRAGMA temp_store = MEMORY", ok ? e : &ignored))
        ok = false;
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    return ok;
}

bool store_compact(struct store *s, struct err *e) {
    struct err ignored;
    PRE(!s->writing && s->mode != STORE_READ);
    if (!turn_lock_take(&s->turn, &s->turn_wait_us, e))
        return false;
    bool ok = vacuum(s, e);
    turn_lock_drop(&s->turn);
    /* of a failure the log is still as long as it became */
    return store_checkpoint(s, true, ok ? e : &ignored) && ok;
}
