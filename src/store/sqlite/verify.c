/* verify: the store's invariants, checked against what is really there.
 * For `ttsq check` and tests. */
#include <string.h>

#include "store/sqlite/db.h"

static bool no_row(struct store *s, enum query q, const char *meaning, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, NO_BINDS);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more)
        ok = err_set(e, ERR_CORRUPT, "%s: %s: %s", s->path, meaning, db_text(stmt, 0));
    db_done(stmt);
    return ok;
}

static bool pragma_says_ok(struct store *s, const char *sql, struct err *e) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    bool ok = rc == SQLITE_ROW && strcmp(db_text(stmt, 0), "ok") == 0;
    if (rc == SQLITE_ROW && !ok)
        (void)err_set(e, ERR_CORRUPT, "%s: %s", s->path, db_text(stmt, 0));
    else if (!ok)
        (void)db_error(s, rc, "checking", e);
    (void)sqlite3_finalize(stmt);
    return ok;
}

bool store_verify(struct store *s, bool deep, struct err *e) {
    return pragma_says_ok(s, deep ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", e) &&
           no_row(s, Q_verify_counts, "kept counts differ from the jobs of batch", e) &&
           no_row(s, Q_verify_running, "rows disagree", e) &&
           no_row(s, Q_verify_money, "money on record differs from the calls of", e) &&
           (!deep ||
            no_row(s, Q_verify_references, "a row refers to what is not there, in table", e));
}
