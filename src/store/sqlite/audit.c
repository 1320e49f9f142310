/* audit: everything that is on record about calls and answers, for `ttsq audit`. Reads only. */
#include "store/sqlite/db.h"

static bool attempt_row(sqlite3_stmt *stmt, struct store_audit_attempt *row) {
    *row = (struct store_audit_attempt){.account_id = sqlite3_column_int64(stmt, 0),
                                        .n = sqlite3_column_int(stmt, 1),
                                        .claimed_ms = sqlite3_column_int64(stmt, 3),
                                        .started_ms = sqlite3_column_int64(stmt, 4),
                                        .ended_ms = sqlite3_column_int64(stmt, 5),
                                        .adopted = sqlite3_column_int(stmt, 6) != 0,
                                        .batch_ms = sqlite3_column_int64(stmt, 7),
                                        .needless = sqlite3_column_int(stmt, 8) != 0};
    return attempt_outcome_parse(db_text(stmt, 2), &row->outcome);
}

bool store_audit_attempts(struct store *s,
                          void (*each)(const struct store_audit_attempt *row, void *arg), void *arg,
                          struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_audit_attempts, NO_BINDS);
    struct store_audit_attempt row;
    bool more = true, ok = true;
    while (ok && (ok = db_row(s, stmt, &more, e)) && more) {
        ok = attempt_row(stmt, &row) ||
             err_set(e, ERR_CORRUPT, "%s: an outcome that is none", s->path);
        if (ok)
            each(&row, arg);
    }
    db_done(stmt);
    return ok;
}

bool store_audit_results(struct store *s,
                         void (*each)(const struct store_audit_result *row, void *arg), void *arg,
                         struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_audit_results, NO_BINDS);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        const struct store_audit_result row = {.id = sqlite3_column_int64(stmt, 0),
                                               .path = db_text(stmt, 1),
                                               .offset = sqlite3_column_int64(stmt, 2),
                                               .bytes = sqlite3_column_int64(stmt, 3),
                                               .is_nobodys = sqlite3_column_int(stmt, 4) != 0};
        each(&row, arg);
    }
    db_done(stmt);
    return ok;
}

bool store_audit_shared(struct store *s, void (*each)(int64_t account_id, int64_t jobs, void *arg),
                        void *arg, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_audit_shared, NO_BINDS);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        each(sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1), arg);
    db_done(stmt);
    return ok;
}
