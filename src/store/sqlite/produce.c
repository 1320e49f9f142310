/*
 * produce: how a batch gets in. A large one is loaded in several short transactions, so that
 * working processes are never kept waiting; it becomes visible with the last.
 */
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/produce.h"

#define DELETE_PART 5000 /* jobs of an abandoned batch removed in one transaction */

static bool check_name(const struct store_batch_spec *spec, struct err *e) {
    size_t bytes = strlen(spec->name);
    if (bytes < 1 || bytes > STORE_NAME_MAX)
        return err_set(e, ERR_INPUT, "a batch name has 1 to %d bytes, this one %zu", STORE_NAME_MAX,
                       bytes);
    if (spec->weight < 1 || spec->weight > 1000)
        return err_set(e, ERR_INPUT, "weight %lld: must be 1 to 1000", (long long)spec->weight);
    return true;
}

static bool insert_batch(struct store *s, const struct store_batch_spec *spec, struct err *e) {
    int64_t id, changes = 0;
    bool taken = false;
    if (!db_int(s, Q_batch_by_name, BINDS(TEXT(":name", spec->name)), &id, &taken, e))
        return false;
    if (taken)
        return err_set(e, ERR_INPUT, "there is a batch %s already", spec->name);
    if (!db_run(s, Q_batch_insert,
                BINDS(TEXT(":name", spec->name), TEXT(":profile", spec->profile),
                      TEXT(":voice", spec->voice), TEXT(":uncertain", spec->uncertain),
                      INT(":priority", spec->priority), INT(":weight", spec->weight),
                      TEXT(":source_sha256", spec->source_sha256),
                      INT(":producer_id", spec->producer_id), INT(":now_ms", clock_wall_ms())),
                &changes, e))
        return false;
    return changes == 1 || err_set(e, ERR_CONFIG, "profile %s is not configured", spec->profile);
}

bool store_batch_begin(struct store *s, const struct store_batch_spec *spec, int64_t *batch_id,
                       struct err *e) {
    PRE(spec->producer_id > 0);
    if (!check_name(spec, e) || !db_begin(s, e))
        return false;
    bool ok = insert_batch(s, spec, e);
    int64_t id = sqlite3_last_insert_rowid(s->db);
    if (!db_end(s, ok, e))
        return false;
    *batch_id = id;
    return true;
}

static bool insert_job(struct store *s, int64_t batch_id, int64_t seq,
                       const struct store_job_spec *job, int64_t *job_id, struct err *e) {
    bool delayed = job->delay_ms > 0;
    enum job_state state = delayed ? JOB_DELAYED : JOB_READY;
    int64_t due = clock_boot_ms() + job->delay_ms, not_before = clock_wall_ms() + job->delay_ms;
    struct bind due_bind = INT(":due_boot_ms", due), wall_bind = INT(":not_before_ms", not_before);
    if (!delayed)
        due_bind.kind = wall_bind.kind = BIND_NULL;
    if (!db_run(s, Q_job_insert,
                BINDS(INT(":batch_id", batch_id), INT(":seq", seq),
                      TEXT(":state", job_state_text(state)), INT(":rank", -job->priority),
                      INT(":chars", job->chars), due_bind, wall_bind),
                NULL, e))
        return false;
    *job_id = sqlite3_last_insert_rowid(s->db);
    db_count(s, batch_id, JOB_STATE_COUNT, state, 1);
    return db_run(s, Q_job_text_insert,
                  BINDS(INT(":job_id", *job_id), TEXT_BYTES(":text", job->text, job->text_bytes),
                        TEXT(":name", job->name), TEXT(":ext_id", job->ext_id),
                        TEXT(":voice", job->voice)),
                  NULL, e);
}

static bool insert_jobs(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                        size_t count, struct err *e) {
    int64_t last_seq = 0, chars = 0, first_id = 0, last_id = 0;
    bool loading = false;
    if (!db_int(s, Q_batch_last_seq, BINDS(INT(":batch_id", batch_id)), &last_seq, &loading, e))
        return false;
    if (!loading)
        return err_set(e, ERR_FAILED, "batch %lld is not being loaded any more",
                       (long long)batch_id);
    for (size_t i = 0; i < count; i++) {
        if (!insert_job(s, batch_id, last_seq + 1 + (int64_t)i, &jobs[i], &last_id, e))
            return false;
        first_id = first_id ? first_id : last_id;
        chars += jobs[i].chars;
    }
    return count == 0 ||
           db_run(s, Q_batch_loaded,
                  BINDS(INT(":batch_id", batch_id), INT(":jobs", count), INT(":chars", chars),
                        INT(":first_job_id", first_id), INT(":last_job_id", last_id)),
                  NULL, e);
}

bool store_batch_add(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                     size_t count, struct err *e) {
    return db_begin(s, e) && db_end(s, insert_jobs(s, batch_id, jobs, count, e), e);
}

bool store_batch_commit(struct store *s, int64_t batch_id, struct err *e) {
    int64_t changes = 0;
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_batch_open, BINDS(INT(":batch_id", batch_id)), &changes, e);
    if (ok && changes != 1)
        ok = err_set(e, ERR_FAILED, "batch %lld is not being loaded any more", (long long)batch_id);
    return db_end(s, ok, e);
}

static bool delete_part(struct store *s, int64_t batch_id, int64_t *jobs, struct err *e) {
    const struct bind *binds = BINDS(INT(":batch_id", batch_id), INT(":most", DELETE_PART));
    return db_run(s, Q_loading_texts_delete, binds, NULL, e) &&
           db_run(s, Q_loading_jobs_delete, binds, jobs, e);
}

bool store_batch_abort(struct store *s, int64_t batch_id, struct err *e) {
    bool loading = false;
    int64_t last_seq, jobs = 0;
    if (!db_int(s, Q_batch_last_seq, BINDS(INT(":batch_id", batch_id)), &last_seq, &loading, e))
        return false;
    if (!loading)
        return true;
    do {
        if (!db_begin(s, e) || !db_end(s, delete_part(s, batch_id, &jobs, e), e))
            return false;
    } while (jobs > 0);
    return db_begin(s, e) &&
           db_end(s, db_run(s, Q_loading_batch_delete, BINDS(INT(":batch_id", batch_id)), NULL, e),
                  e);
}

bool produce_abort_all(struct store *s, int64_t producer_id, struct err *e) {
    for (;;) {
        int64_t batch_id;
        bool found = false;
        if (!db_int(s, Q_loading_of_producer, BINDS(INT(":producer_id", producer_id)), &batch_id,
                    &found, e))
            return false;
        if (!found)
            return true;
        if (!store_batch_abort(s, batch_id, e))
            return false;
    }
}

bool store_batch_by_name(struct store *s, const char *name, int64_t *batch_id, struct err *e) {
    bool found = false;
    if (!db_int(s, Q_batch_by_name, BINDS(TEXT(":name", name)), batch_id, &found, e))
        return false;
    return found || err_set(e, ERR_NOT_FOUND, "no batch %s", name);
}

bool store_batch_by_source(struct store *s, const char *source_sha256, int64_t *batch_id,
                           char name_out[STORE_NAME_MAX + 1], struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_batch_by_source, BINDS(TEXT(":source_sha256", source_sha256)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more) {
        *batch_id = sqlite3_column_int64(stmt, 0);
        (void)sqlite3_snprintf(STORE_NAME_MAX + 1, name_out, "%s", db_text(stmt, 1));
    }
    db_done(stmt);
    return ok && (more || err_set(e, ERR_NOT_FOUND, "no batch of this input"));
}

bool store_batch_names(struct store *s, void (*each)(const char *name, void *arg), void *arg,
                       struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_batch_names, NO_BINDS);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        each(db_text(stmt, 0), arg);
    db_done(stmt);
    return ok;
}
