/*
 * produce: how a batch gets in. A large one is loaded in several short transactions, so that
 * working processes are never kept waiting; it becomes visible with the last.
 */
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/piece.h"
#include "store/sqlite/produce.h"

#define GROUP 16         /* rows of job_insert_16.sql */
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
                      INT(":producer_id", spec->producer_id), INT(":now_ms", clock_wall_ms()),
                      INT(":fresh", spec->fresh), SET(":budget", spec->budget_micros),
                      SET(":cap", spec->cap), SET(":by_ms", spec->by_ms),
                      SET(":start_ms", spec->start_ms), TEXT(":on_done", spec->on_done),
                      TEXT(":notify", spec->notify)),
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
    s->loading_batch_id = *batch_id = id;
    s->loading_producer_id = spec->producer_id;
    return true;
}

/* Whose load it must be: ids of batches that were removed are given again, and a producer that was
 * taken for dead must not reach another's batch of that id. 0 = anybody's, for who has not begun
 * it. */
int64_t produce_id_of(const struct store *s, int64_t batch_id) {
    return s->loading_batch_id == batch_id ? s->loading_producer_id : 0;
}

/* Where loading stands within one transaction. Nobody else can insert meanwhile, so ids are ours to
 * count. */
struct loading {
    struct store *s;
    int64_t batch_id, next_id, next_seq;
};

static bool insert_job(struct loading *l, const struct store_job_spec *job, struct err *e) {
    bool delayed = job->delay_ms > 0 || job->start_ms > 0;
    enum job_state state = delayed ? JOB_DELAYED : JOB_READY;
    struct bind due = NONE(":due_boot_ms"), wall = NONE(":not_before_ms");
    if (job->start_ms > 0) {
        wall = (struct bind)INT(":not_before_ms", job->start_ms);
    } else if (delayed) {
        due = (struct bind)INT(":due_boot_ms", clock_boot_ms() + job->delay_ms);
        wall = (struct bind)INT(":not_before_ms", clock_wall_ms() + job->delay_ms);
    }
    int64_t id = l->next_id++;
    db_count(l->s, l->batch_id, JOB_STATE_COUNT, state, 1);
    return db_run(l->s, Q_job_insert,
                  BINDS(INT(":id", id), INT(":batch_id", l->batch_id), INT(":seq", l->next_seq++),
                        TEXT(":state", job_state_text(state)), INT(":rank", -job->priority),
                        INT(":chars", job->chars), due, wall,
                        INT(":piece_no", job->piece_count > 0)),
                  NULL, e) &&
           (job->piece_count == 0 ||
            piece_insert_all(l->s, id, job->piece_ends, job->piece_count, e)) &&
           db_run(l->s, Q_job_text_insert,
                  BINDS(INT(":job_id", id), TEXT_BYTES(":text", job->text, job->text_bytes),
                        TEXT(":name", job->name), TEXT(":ext_id", job->ext_id),
                        TEXT(":voice", job->voice), TEXT(":chapter", job->chapter),
                        INT(":begins", job->begins)),
                  NULL, e);
}

/* Jobs with nothing but a text are the many; they go in by groups,
 * which halves the price of each. */
static bool is_plain(const struct store_job_spec *job) {
    return !job->name && !job->ext_id && !job->voice && job->priority == 0 && job->delay_ms == 0 &&
           job->start_ms == 0 && job->piece_count == 0 && !job->chapter &&
           job->begins == BEGIN_NOTHING;
}

static size_t plain_ahead(const struct store_job_spec *jobs, size_t count) {
    size_t n = 0;
    while (n < GROUP && n < count && is_plain(&jobs[n]))
        n++;
    return n;
}

/* SQLite has given the id that we counted on. */
static bool is_at(const struct loading *l, struct err *e) {
    return sqlite3_last_insert_rowid(l->s->db) == l->next_id - 1 ||
           err_set(e, ERR_CORRUPT, "%s: jobs and texts are not in step", l->s->path);
}

static bool insert_group(struct loading *l, const struct store_job_spec *jobs, struct err *e) {
    static const char *const chars_name[GROUP] = {":c0",  ":c1",  ":c2",  ":c3", ":c4",  ":c5",
                                                  ":c6",  ":c7",  ":c8",  ":c9", ":c10", ":c11",
                                                  ":c12", ":c13", ":c14", ":c15"};
    static const char *const text_name[GROUP] = {":t0",  ":t1",  ":t2",  ":t3", ":t4",  ":t5",
                                                 ":t6",  ":t7",  ":t8",  ":t9", ":t10", ":t11",
                                                 ":t12", ":t13", ":t14", ":t15"};
    struct bind rows[GROUP + 3] = {INT(":batch_id", l->batch_id), INT(":seq", l->next_seq)};
    struct bind texts[GROUP + 1] = {0};
    for (size_t i = 0; i < GROUP; i++) {
        rows[2 + i] = (struct bind)INT(chars_name[i], jobs[i].chars);
        texts[i] = (struct bind)TEXT_BYTES(text_name[i], jobs[i].text, jobs[i].text_bytes);
    }
    l->next_id += GROUP;
    l->next_seq += GROUP;
    db_count(l->s, l->batch_id, JOB_STATE_COUNT, JOB_READY, GROUP);
    if (!db_run(l->s, Q_job_insert_16, rows, NULL, e) || !is_at(l, e))
        return false;
    return db_run(l->s, Q_job_text_insert_16, texts, NULL, e) && is_at(l, e);
}

static bool not_loading(int64_t batch_id, struct err *e) {
    return err_set(e, ERR_FAILED,
                   "batch %lld is not being loaded any more: this process was taken for dead and "
                   "the load removed; load it again",
                   (long long)batch_id);
}

static bool loading_begin(struct loading *l, struct err *e) {
    int64_t last_seq = 0, last_id = 0;
    bool loading = false, any;
    if (!db_int(l->s, Q_batch_last_seq,
                BINDS(INT(":batch_id", l->batch_id),
                      INT(":producer_id", produce_id_of(l->s, l->batch_id))),
                &last_seq, &loading, e) ||
        !db_int(l->s, Q_job_last_id, NO_BINDS, &last_id, &any, e))
        return false;
    l->next_seq = last_seq + 1;
    l->next_id = last_id + 1;
    return loading || not_loading(l->batch_id, e);
}

static bool insert_jobs(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                        size_t count, struct err *e) {
    struct loading l = {.s = s, .batch_id = batch_id};
    int64_t chars = 0;
    if (!loading_begin(&l, e))
        return false;
    int64_t first_id = l.next_id;
    for (size_t i = 0; i < count;) {
        bool group = plain_ahead(jobs + i, count - i) == GROUP;
        if (!(group ? insert_group(&l, jobs + i, e) : insert_job(&l, &jobs[i], e)))
            return false;
        for (size_t n = group ? GROUP : 1; n > 0; n--)
            chars += jobs[i++].chars;
    }
    return count == 0 ||
           db_run(s, Q_batch_loaded,
                  BINDS(INT(":batch_id", batch_id), INT(":jobs", count), INT(":chars", chars),
                        INT(":first_job_id", first_id), INT(":last_job_id", l.next_id - 1)),
                  NULL, e);
}

bool store_batch_add(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                     size_t count, struct err *e) {
    return db_begin(s, e) && db_end(s, insert_jobs(s, batch_id, jobs, count, e), e);
}

bool store_batch_commit(struct store *s, int64_t batch_id, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_ENQUEUED, .batch_id = batch_id};
    bool is_mine = false;
    if (!db_begin(s, e))
        return false;
    sqlite3_stmt *stmt = db_query(
        s, Q_batch_open,
        BINDS(INT(":batch_id", batch_id), INT(":producer_id", produce_id_of(s, batch_id))));
    bool ok = db_row(s, stmt, &is_mine, e);
    int64_t jobs = ok ? sqlite3_column_int64(stmt, 0) : 0;
    int64_t chars = ok ? sqlite3_column_int64(stmt, 1) : 0;
    db_done(stmt);
    if (ok)
        ok = is_mine ? event_say(s, &event, e, "%lld jobs, %lld characters", (long long)jobs,
                                 (long long)chars)
                     : not_loading(batch_id, e);
    return db_end(s, ok, e);
}

static bool delete_part(struct store *s, int64_t batch_id, int64_t *jobs, struct err *e) {
    const struct bind *binds = BINDS(INT(":batch_id", batch_id), INT(":most", DELETE_PART));
    return db_run(s, Q_loading_pieces_delete, binds, NULL, e) &&
           db_run(s, Q_loading_texts_delete, binds, NULL, e) &&
           db_run(s, Q_loading_jobs_delete, binds, jobs, e);
}

/* Before the first job goes: with fewer jobs than its producer has put in a batch must
 * never open. */
static bool abandon(struct store *s, int64_t batch_id, bool *loading, struct err *e) {
    int64_t changes = 0;
    if (!db_begin(s, e))
        return false;
    bool ok =
        db_run(s, Q_batch_abandon,
               BINDS(INT(":batch_id", batch_id), INT(":producer_id", produce_id_of(s, batch_id))),
               &changes, e);
    *loading = changes > 0;
    return db_end(s, ok, e);
}

bool store_batch_abort(struct store *s, int64_t batch_id, struct err *e) {
    bool loading = false;
    int64_t jobs = 0;
    if (!abandon(s, batch_id, &loading, e))
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
