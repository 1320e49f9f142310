/* piece.c: see piece.h. */
#include "store/sqlite/piece.h"

#include "base/ensure.h"
#include "store/sqlite/db.h"

struct cut { /* a job's text, or a piece of it, into pieces */
    int64_t job_id;
    int64_t first;      /* number of the first piece */
    int64_t at;         /* where that begins in the text */
    const size_t *ends; /* of the pieces, from there on */
    size_t count;
};

/* The pieces from ends[i] on. */
static bool insert(struct store *s, const struct cut *cut, size_t i, struct err *e) {
    for (; i < cut->count; i++) {
        size_t from = i > 0 ? cut->ends[i - 1] : 0;
        PRE(cut->ends[i] > from);
        if (!db_run(s, Q_piece_insert,
                    BINDS(INT(":job_id", cut->job_id), INT(":n", cut->first + (int64_t)i),
                          INT(":at", cut->at + (int64_t)from), INT(":bytes", cut->ends[i] - from)),
                    NULL, e))
            return false;
    }
    return true;
}

bool piece_insert_all(struct store *s, int64_t job_id, const size_t *ends, size_t count,
                      struct err *e) {
    PRE(count >= 2 && count <= STORE_PIECES_MAX);
    const struct cut cut = {.job_id = job_id, .first = 1, .ends = ends, .count = count};
    return insert(s, &cut, 0, e);
}

bool piece_follows(struct store *s, int64_t job_id, int64_t piece_no, bool *follows,
                   struct err *e) {
    int64_t one;
    return db_int(s, Q_piece_follows, BINDS(INT(":job_id", job_id), INT(":n", piece_no)), &one,
                  follows, e);
}

bool piece_answered(struct store *s, int64_t job_id, int64_t piece_no, int64_t result_id,
                    enum job_state state, struct err *e) {
    const struct bind job = INT(":job_id", job_id), n = INT(":n", piece_no);
    return db_run(s, Q_piece_answer, BINDS(job, n, INT(":result_id", result_id)), NULL, e) &&
           db_run(s, Q_job_piece_over, BINDS(job, n, TEXT(":state", job_state_text(state))), NULL,
                  e);
}

static bool read_base(struct store *s, int64_t job_id, int64_t piece_no, int64_t *at,
                      int64_t *bytes, struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_piece_range, BINDS(INT(":job_id", job_id), INT(":n", piece_no)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_CORRUPT, "%s: job %lld has no piece %lld", s->path, (long long)job_id,
                     (long long)piece_no);
    if (ok) {
        *at = sqlite3_column_int64(stmt, 0);
        *bytes = sqlite3_column_int64(stmt, 1);
    }
    db_done(stmt);
    return ok;
}

/* The piece keeps its first part; the others go in behind it. */
static bool split_again(struct store *s, int64_t job_id, int64_t piece_no, const size_t *ends,
                        size_t count, struct err *e) {
    const struct bind job = INT(":job_id", job_id), n = INT(":n", piece_no);
    struct cut cut = {.job_id = job_id, .first = piece_no, .ends = ends, .count = count};
    int64_t bytes = 0;
    if (!read_base(s, job_id, piece_no, &cut.at, &bytes, e))
        return false;
    ASSERT((int64_t)ends[count - 1] == bytes);
    return db_run(s, Q_attempt_outgrown, BINDS(job, n), NULL, e) &&
           db_run(s, Q_piece_move, BINDS(job, n, INT(":more", count - 1)), NULL, e) &&
           db_run(s, Q_piece_moved, BINDS(job), NULL, e) &&
           db_run(s, Q_piece_shorten, BINDS(job, n, INT(":bytes", ends[0])), NULL, e) &&
           insert(s, &cut, 1, e);
}

bool piece_split(struct store *s, int64_t job_id, int64_t piece_no, const size_t *ends,
                 size_t count, struct err *e) {
    PRE(count >= 2 && count <= STORE_PIECES_MAX);
    bool ok = piece_no > 0 ? split_again(s, job_id, piece_no, ends, count, e)
                           : piece_insert_all(s, job_id, ends, count, e);
    return ok &&
           db_run(s, Q_job_split,
                  BINDS(INT(":job_id", job_id), INT(":n", piece_no > 0 ? piece_no : 1)), NULL, e);
}

bool piece_drop_all(struct store *s, int64_t job_id, struct err *e) {
    const struct bind job = INT(":job_id", job_id);
    return db_run(s, Q_attempt_outgrown, BINDS(job, INT(":n", 1)), NULL, e) &&
           db_run(s, Q_piece_unwanted, BINDS(job), NULL, e) &&
           db_run(s, Q_piece_delete_all, BINDS(job), NULL, e);
}

bool store_pieces_each(struct store *s, int64_t job_id,
                       bool (*each)(const struct store_piece_row *row, void *arg), void *arg,
                       struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_piece_list, BINDS(INT(":job_id", job_id)));
    bool more = true, ok = true, go_on = true;
    while (go_on && (ok = db_row(s, stmt, &more, e)) && more) {
        struct store_piece_row row = {.n = sqlite3_column_int64(stmt, 0),
                                      .at = sqlite3_column_int64(stmt, 1),
                                      .bytes = sqlite3_column_int64(stmt, 2)};
        row.has_result = sqlite3_column_type(stmt, 3) != SQLITE_NULL;
        if (row.has_result) {
            row.result_id = sqlite3_column_int64(stmt, 3);
            row.result_path = db_text(stmt, 4);
            row.result_format = db_text(stmt, 5);
            row.result_bytes = sqlite3_column_int64(stmt, 6);
            row.result_duration_ms = sqlite3_column_int64(stmt, 7);
            row.result_sha256 = sqlite3_column_blob(stmt, 8);
            row.result_offset = sqlite3_column_int64(stmt, 9);
        }
        go_on = each(&row, arg);
    }
    db_done(stmt);
    return ok;
}
