/* append: what was loaded as a batch of its own becomes more jobs of another, in one transaction:
 * nobody sees a part of it. */
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/produce.h"

struct loaded {
    int64_t jobs, chars, first_job_id, last_job_id, ready, delayed;
    int64_t start_ms; /* that the other batch still waits for; 0 = none */
    int64_t behind;   /* the other batch's last job */
};

static bool read_loaded(struct store *s, int64_t batch_id, int64_t to_id, struct loaded *l,
                        struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_append_from,
                                  BINDS(INT(":batch_id", batch_id), INT(":to_id", to_id),
                                        INT(":producer_id", produce_id_of(s, batch_id))));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more)
        *l = (struct loaded){.jobs = sqlite3_column_int64(stmt, 0),
                             .chars = sqlite3_column_int64(stmt, 1),
                             .first_job_id = sqlite3_column_int64(stmt, 2),
                             .last_job_id = sqlite3_column_int64(stmt, 3),
                             .ready = sqlite3_column_int64(stmt, 4),
                             .delayed = sqlite3_column_int64(stmt, 5),
                             .start_ms = sqlite3_column_int64(stmt, 6),
                             .behind = sqlite3_column_int64(stmt, 7)};
    if (l->start_ms > 0) {
        l->delayed += l->ready;
        l->ready = 0;
    }
    db_done(stmt);
    return ok &&
           (more || err_set(e, ERR_FAILED, "batch %lld is not being loaded", (long long)batch_id));
}

/* A batch is read in the order of its jobs' ids. While these were loaded others may have been added
 * to it: then they get new ids, behind all there are. */
static bool move_jobs(struct store *s, int64_t batch_id, int64_t to_id, struct loaded *l,
                      struct err *e) {
    int64_t newest = 0;
    bool any;
    if (!db_int(s, Q_job_last_id, NO_BINDS, &newest, &any, e))
        return false;
    int64_t by = l->behind > l->first_job_id ? newest + 1 - l->first_job_id : 0;
    const struct bind batch = INT(":batch_id", batch_id),
                      first = INT(":first_job_id", l->first_job_id),
                      last = INT(":last_job_id", l->last_job_id), shift = INT(":shift", by);
    l->first_job_id += by;
    l->last_job_id += by;
    return (by == 0 || (db_run(s, Q_append_texts, BINDS(batch, first, last, shift), NULL, e) &&
                        db_run(s, Q_append_pieces, BINDS(batch, first, last, shift), NULL, e))) &&
           db_run(s, Q_append_jobs,
                  BINDS(INT(":to_id", to_id), first, last, batch, SET(":start_ms", l->start_ms),
                        shift),
                  NULL, e);
}

static bool move_loaded(struct store *s, int64_t batch_id, int64_t to_id, struct loaded *l,
                        struct err *e) {
    const struct event event = {.kind = STORE_EVENT_ENQUEUED, .batch_id = to_id};
    int64_t changes = 0;
    if (!move_jobs(s, batch_id, to_id, l, e) ||
        !db_run(s, Q_append_to,
                BINDS(INT(":jobs", l->jobs), INT(":chars", l->chars),
                      INT(":first_job_id", l->first_job_id), INT(":last_job_id", l->last_job_id),
                      INT(":to_id", to_id)),
                &changes, e))
        return false;
    if (changes != 1)
        return err_set(e, ERR_NOT_FOUND, "the batch has been removed meanwhile");
    db_count(s, to_id, JOB_STATE_COUNT, JOB_READY, l->ready);
    db_count(s, to_id, JOB_STATE_COUNT, JOB_DELAYED, l->delayed);
    return db_run(s, Q_append_delete, BINDS(INT(":batch_id", batch_id)), NULL, e) &&
           event_say(s, &event, e, "%lld more jobs, %lld characters", (long long)l->jobs,
                     (long long)l->chars);
}

static bool append(struct store *s, int64_t batch_id, int64_t to_id, const char *source_sha256,
                   bool again, struct err *e) {
    struct loaded l = {0};
    bool has = false;
    if (!read_loaded(s, batch_id, to_id, &l, e) ||
        !store_batch_has_source(s, to_id, source_sha256, &has, e))
        return false;
    if (has && !again)
        return err_set(e, ERR_INPUT, "the same input has been added to the batch meanwhile");
    if (l.jobs > STORE_APPEND_JOBS_MAX)
        return err_set(e, ERR_INPUT,
                       "%lld jobs are more than are added to a batch at once (%d); make them a "
                       "batch of their own",
                       (long long)l.jobs, STORE_APPEND_JOBS_MAX);
    return move_loaded(s, batch_id, to_id, &l, e) &&
           db_run(s, Q_append_source,
                  BINDS(INT(":batch_id", to_id), TEXT(":source_sha256", source_sha256)), NULL, e);
}

bool store_batch_append(struct store *s, int64_t batch_id, int64_t to_id, const char *source_sha256,
                        bool again, struct err *e) {
    return db_begin(s, e) && db_end(s, append(s, batch_id, to_id, source_sha256, again, e), e);
}

bool store_batch_has_source(struct store *s, int64_t batch_id, const char *source_sha256, bool *has,
                            struct err *e) {
    int64_t one;
    return db_int(s, Q_append_known,
                  BINDS(INT(":batch_id", batch_id), TEXT(":source_sha256", source_sha256)), &one,
                  has, e);
}
