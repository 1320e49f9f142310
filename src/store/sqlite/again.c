/* again: answers that are lost or damaged are asked for again. */
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"

#define AGAIN_PART 1000 /* answers in one transaction */

/* Of a job in pieces all that are lost are forgotten before it is moved. */
static bool forget(struct store *s, const struct store_lost *lost, struct err *e) {
    const struct bind result = INT(":result_id", lost->result_id);
    return db_run(s, Q_result_damaged, BINDS(result), NULL, e) &&
           db_run(s, Q_piece_forget, BINDS(INT(":job_id", lost->job_id), result), NULL, e);
}

static bool move(struct store *s, const struct store_lost *lost, int64_t *jobs, struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_job_ask_again,
                 BINDS(INT(":job_id", lost->job_id), INT(":result_id", lost->result_id)));
    bool moved = false;
    bool ok = db_row(s, stmt, &moved, e);
    int64_t batch_id = ok && moved ? sqlite3_column_int64(stmt, 0) : 0;
    bool was_shared = ok && moved && sqlite3_column_int(stmt, 1) != 0;
    db_done(stmt);
    if (!ok || !moved)
        return ok;
    PRE(job_state_may_become(JOB_DONE, JOB_READY));
    db_count(s, batch_id, JOB_DONE, JOB_READY, 1);
    if (was_shared)
        db_count_shared(s, batch_id, -1);
    ++*jobs;
    return bill_forget_need(s, batch_id, e);
}

static bool ask_part(struct store *s, const struct store_lost *list, size_t count, int64_t *jobs,
                     struct err *e) {
    bool ok = db_begin(s, e);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < count; i++)
        ok = forget(s, &list[i], e);
    for (size_t i = 0; ok && i < count; i++)
        ok = move(s, &list[i], jobs, e);
    return db_end(s, ok, e);
}

/* A part that ends between the pieces of a job moves it at the first lost one; the next part finds
 * it ready, and its later pieces without an answer. */
bool store_ask_again(struct store *s, const struct store_lost *list, size_t count, int64_t *jobs,
                     struct err *e) {
    int64_t moved = 0;
    for (size_t at = 0; at < count; at += AGAIN_PART)
        if (!ask_part(s, list + at, count - at < AGAIN_PART ? count - at : AGAIN_PART, &moved, e))
            return false;
    *jobs = moved;
    return true;
}
