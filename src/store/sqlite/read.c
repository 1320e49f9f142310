/* read: what people and programs ask about the queue. No read transaction outlives its function. */
#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/walk.h"

#define JOB_IDS_PAGE 1024
#define NS_PER_US 1000

/* ---- status -----------------------------------------------------------------------------------*/

static bool each_row(struct store *s, enum query q, const struct bind *binds,
                     void (*row)(sqlite3_stmt *stmt, const struct store_reader *reader),
                     const struct store_reader *reader, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, q, binds);
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more)
        row(stmt, reader);
    db_done(stmt);
    return ok;
}

static int64_t wall_of_boot(int64_t boot_ms) {
    int64_t left = boot_ms - clock_boot_ms();
    return left > 0 ? clock_wall_ms() + left : 0;
}

/* Five columns from `first`: currency, budget, spent, reserved, need. */
static struct store_money money_of(sqlite3_stmt *stmt, int first) {
    struct store_money m = {.currency = db_text(stmt, first),
                            .has_budget = sqlite3_column_type(stmt, first + 1) != SQLITE_NULL,
                            .budget = sqlite3_column_int64(stmt, first + 1),
                            .spent = sqlite3_column_int64(stmt, first + 2),
                            .reserved = sqlite3_column_int64(stmt, first + 3),
                            .need = sqlite3_column_int64(stmt, first + 4)};
    const struct bill_purse purse = {
        .is_limited = m.has_budget, .left = m.budget - m.spent - m.reserved, .need = m.need};
    m.is_waiting = bill_is_closed(&purse);
    return m;
}

static int64_t wall_of_pause(const struct flow *f) {
    int64_t now_ms = clock_wall_ms();
    return f->paused_until_ms > now_ms ? f->paused_until_ms : wall_of_boot(f->paused_until_boot_ms);
}

static void add_flow(struct store_account_row *row, const struct flow *f) {
    int64_t now_boot_ms = clock_boot_ms();
    row->paused_until_ms = wall_of_pause(f);
    row->stopped = f->stopped;
    row->by_person = f->by_person;
    row->cap = f->cap;
    row->effective_cap = flow_cap(f, now_boot_ms);
    row->learned_cap = f->effective.learned_cap;
    row->others = now_boot_ms < f->effective.others_until_boot_ms ? f->effective.others : 0;
    row->breaker = f->breaker.state;
    row->is_down = breaker_is_down(&f->breaker);
    row->breaker_until_ms =
        f->breaker.state == BREAKER_OPEN ? wall_of_boot(f->breaker.until_boot_ms) : 0;
    row->rate_interval_us = f->requests.interval_ns / NS_PER_US;
    row->chars_interval_ns = f->chars.interval_ns;
    row->min_interval_us = f->min_interval_us;
}

static bool account_row(struct store *s, sqlite3_stmt *stmt, const struct store_reader *reader,
                        struct err *e) {
    struct store_account_row row = {.id = sqlite3_column_int64(stmt, 0),
                                    .name = db_text(stmt, 1),
                                    .breaker_why = db_text(stmt, 3),
                                    .in_flight = sqlite3_column_int64(stmt, 4),
                                    .held_leases = sqlite3_column_int64(stmt, 5),
                                    .money = money_of(stmt, 6)};
    struct flow_row flow;
    if (!flow_read(s, row.id, &flow, e))
        return false;
    add_flow(&row, &flow.flow);
    row.seen = flow.seen;
    if (row.stopped || row.paused_until_ms > 0)
        row.pause_reason = db_text(stmt, 2);
    reader->account(&row, reader->arg);
    return true;
}

static bool each_account(struct store *s, const struct store_reader *reader, struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_status_accounts, BINDS(INT(":day", bill_day(clock_wall_ms()))));
    bool more = true, ok = true;
    while (ok && (ok = db_row(s, stmt, &more, e)) && more)
        ok = account_row(s, stmt, reader, e);
    db_done(stmt);
    return ok;
}

static void batch_row(sqlite3_stmt *stmt, const struct store_reader *reader) {
    struct store_batch_row row = {.id = sqlite3_column_int64(stmt, 0),
                                  .name = db_text(stmt, 1),
                                  .profile = db_text(stmt, 2),
                                  .account = db_text(stmt, 3),
                                  .created_ms = sqlite3_column_int64(stmt, 4),
                                  .chars = sqlite3_column_int64(stmt, 5),
                                  .uncertain_attempts = sqlite3_column_int64(stmt, 13),
                                  .loading = sqlite3_column_int(stmt, 14) != 0,
                                  .priority = sqlite3_column_int64(stmt, 15),
                                  .weight = sqlite3_column_int64(stmt, 16),
                                  .shared = sqlite3_column_int64(stmt, 17),
                                  .money = money_of(stmt, 18),
                                  .cap = sqlite3_column_int64(stmt, 23),
                                  .by_ms = sqlite3_column_int64(stmt, 24),
                                  .start_ms = sqlite3_column_int64(stmt, 25),
                                  .delivered_ms = sqlite3_column_int64(stmt, 26),
                                  .spoken = sqlite3_column_int64(stmt, 27),
                                  .spoken_chars = sqlite3_column_int64(stmt, 28)};
    static const enum job_state order[] = {JOB_DELAYED, JOB_READY,     JOB_RUNNING, JOB_DONE,
                                           JOB_FAILED,  JOB_CANCELLED, JOB_HELD};
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        row.count[order[i]] = sqlite3_column_int64(stmt, 6 + i);
        row.total += row.count[order[i]];
    }
    reader->batch(&row, reader->arg);
}

static void worker_row(sqlite3_stmt *stmt, const struct store_reader *reader) {
    struct store_status_worker row = {.id = sqlite3_column_int64(stmt, 0),
                                      .kind = db_text(stmt, 1),
                                      .state = db_text(stmt, 2),
                                      .pid = sqlite3_column_int(stmt, 3),
                                      .restarts = sqlite3_column_int(stmt, 4),
                                      .started_ms = sqlite3_column_int64(stmt, 5),
                                      .in_flight = sqlite3_column_int64(stmt, 6)};
    reader->worker(&row, reader->arg);
}

bool store_status(struct store *s, int64_t batch_id, const struct store_reader *reader,
                  struct err *e) {
    int64_t first = batch_id > 0 ? batch_id : 0, last = batch_id > 0 ? batch_id : INT64_MAX;
    if (reader->account && !each_account(s, reader, e))
        return false;
    if (reader->batch &&
        !each_row(s, Q_status_batches, BINDS(INT(":first", first), INT(":last", last)), batch_row,
                  reader, e))
        return false;
    return !reader->worker || each_row(s, Q_status_workers, NO_BINDS, worker_row, reader, e);
}

/* ---- jobs -------------------------------------------------------------------------------------*/

static bool fill_job(struct store *s, sqlite3_stmt *stmt, struct store_job_row *row,
                     struct err *e) {
    *row = (struct store_job_row){.id = sqlite3_column_int64(stmt, 0),
                                  .batch_id = sqlite3_column_int64(stmt, 1),
                                  .seq = sqlite3_column_int64(stmt, 2),
                                  .batch = db_text(stmt, 3),
                                  .name = db_text(stmt, 4),
                                  .ext_id = db_text(stmt, 5),
                                  .text = db_text(stmt, 6),
                                  .chars = sqlite3_column_int64(stmt, 8),
                                  .attempts = sqlite3_column_int64(stmt, 9),
                                  .refusals = sqlite3_column_int64(stmt, 10),
                                  .uncertain = sqlite3_column_int64(stmt, 11),
                                  .attempt_no = sqlite3_column_int64(stmt, 12),
                                  .not_before_ms = sqlite3_column_int64(stmt, 13),
                                  .why = db_text(stmt, 14)};
    row->text_bytes = (size_t)sqlite3_column_bytes(stmt, 6);
    row->cost_micros = sqlite3_column_int64(stmt, 26);
    row->has_result = sqlite3_column_type(stmt, 15) != SQLITE_NULL;
    if (row->has_result) {
        row->result_id = sqlite3_column_int64(stmt, 15);
        row->result_path = db_text(stmt, 16);
        row->result_format = db_text(stmt, 17);
        row->result_bytes = sqlite3_column_int64(stmt, 18);
        row->result_duration_ms = sqlite3_column_int64(stmt, 19);
        row->result_sha256 = sqlite3_column_blob(stmt, 20);
        row->result_offset = sqlite3_column_int64(stmt, 21);
        row->result_job_id = sqlite3_column_int64(stmt, 24);
    }
    row->piece_count = sqlite3_column_int64(stmt, 22);
    row->piece_no = sqlite3_column_int64(stmt, 23);
    row->ended_ms = sqlite3_column_int64(stmt, 25);
    row->voice = db_text(stmt, 27);
    row->chapter = db_text(stmt, 28);
    row->begins = (enum begin)sqlite3_column_int(stmt, 29);
    row->hold = sqlite3_column_int(stmt, 30) != 0;
    if (!job_state_parse(db_text(stmt, 7), &row->state))
        return err_set(e, ERR_CORRUPT, "%s: job %lld is in no known state", s->path,
                       (long long)row->id);
    if (row->state != JOB_DELAYED) /* it waits for something else, or for nothing */
        row->not_before_ms = 0;
    return true;
}

struct job_visit {
    unsigned state_mask;
    bool (*each)(const struct store_job_row *row, void *arg);
    void *arg;
    bool found, stop;
};

static bool visit_job(struct store *s, int64_t job_id, struct job_visit *v, struct err *e) {
    struct store_job_row row;
    sqlite3_stmt *stmt = db_query(s, Q_job_read, BINDS(INT(":job_id", job_id)));
    bool ok = db_row(s, stmt, &v->found, e) && (!v->found || fill_job(s, stmt, &row, e));
    if (ok && v->found && (v->state_mask & JOB_BIT(row.state)))
        v->stop = !v->each(&row, v->arg);
    db_done(stmt);
    return ok;
}

/* Ids after `after` of jobs that may be in one of the states, in order. */
static bool read_page(struct store *s, int64_t batch_id, unsigned state_mask, int64_t after,
                      struct walk_page *page, struct err *e) {
    return (state_mask & ~WALK_ASIDE) == 0 ? walk_aside(s, batch_id, state_mask, after, page, e)
                                           : walk_all(s, batch_id, after, page, e);
}

static bool visit_jobs(struct store *s, int64_t batch_id, int64_t after, struct job_visit *v,
                       struct err *e) {
    int64_t ids[JOB_IDS_PAGE];
    struct walk_page page = {.ids = ids, .most = JOB_IDS_PAGE};
    do {
        if (!read_page(s, batch_id, v->state_mask, after, &page, e))
            return false;
        for (size_t i = 0; !v->stop && i < page.count; i++) {
            if (!visit_job(s, ids[i], v, e))
                return false;
            after = ids[i];
        }
    } while (!v->stop && page.count == page.most);
    return true;
}

bool store_jobs_each(struct store *s, int64_t batch_id, unsigned state_mask,
                     bool (*each)(const struct store_job_row *row, void *arg), void *arg,
                     struct err *e) {
    struct job_visit visit = {.state_mask = state_mask, .each = each, .arg = arg};
    return visit_jobs(s, batch_id, 0, &visit, e);
}

bool store_jobs_after(struct store *s, int64_t batch_id, int64_t after_id,
                      bool (*each)(const struct store_job_row *row, void *arg), void *arg,
                      struct err *e) {
    struct job_visit visit = {.state_mask = (1u << JOB_STATE_COUNT) - 1, .each = each, .arg = arg};
    return visit_jobs(s, batch_id, after_id, &visit, e);
}

struct single {
    void (*each)(const struct store_job_row *row, void *arg);
    void *arg;
};

static bool pass_single(const struct store_job_row *row, void *arg) {
    const struct single *one = arg;
    one->each(row, one->arg);
    return true;
}

bool store_job(struct store *s, int64_t job_id, void (*each)(const struct store_job_row *, void *),
               void *arg, struct err *e) {
    struct single one = {each, arg};
    struct job_visit visit = {.state_mask = ~0u, .each = pass_single, .arg = &one};
    if (!visit_job(s, job_id, &visit, e))
        return false;
    return visit.found || err_set(e, ERR_NOT_FOUND, "no job %lld", (long long)job_id);
}

bool store_attempts_each(struct store *s, int64_t job_id,
                         void (*each)(const struct store_attempt_row *row, void *arg), void *arg,
                         struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_attempt_list, BINDS(INT(":job_id", job_id)));
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        struct store_attempt_row row = {.n = sqlite3_column_int(stmt, 0),
                                        .http_status = sqlite3_column_int(stmt, 2),
                                        .error = db_text(stmt, 3),
                                        .request_id = db_text(stmt, 4),
                                        .claimed_ms = sqlite3_column_int64(stmt, 5),
                                        .started_ms = sqlite3_column_int64(stmt, 6),
                                        .ended_ms = sqlite3_column_int64(stmt, 7),
                                        .bytes = sqlite3_column_int64(stmt, 8),
                                        .slot_no = -1,
                                        .cost_micros = sqlite3_column_int64(stmt, 10),
                                        .excerpt = db_text(stmt, 11)};
        if (sqlite3_column_type(stmt, 9) != SQLITE_NULL)
            row.slot_no = sqlite3_column_int(stmt, 9);
        if (!attempt_outcome_parse(db_text(stmt, 1), &row.outcome)) {
            ok = err_set(e, ERR_CORRUPT, "%s: an attempt of job %lld has no known outcome", s->path,
                         (long long)job_id);
            break;
        }
        each(&row, arg);
    }
    db_done(stmt);
    return ok;
}

bool store_result_body(struct store *s, int64_t result_id, struct buf *out, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_result_body, BINDS(INT(":result_id", result_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && (!more || sqlite3_column_type(stmt, 0) == SQLITE_NULL))
        ok = err_set(e, ERR_NOT_FOUND, "result %lld is not in the store", (long long)result_id);
    if (ok && !buf_add(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)))
        ok = err_set(e, ERR_MEMORY, "result %lld does not fit", (long long)result_id);
    db_done(stmt);
    return ok;
}

/* ---- place ----------------------------------------------------------------------------------- */

bool store_position(struct store *s, int64_t job_id, int64_t *before, struct err *e) {
    bool found = false;
    return db_int(s, Q_job_position, BINDS(INT(":job_id", job_id)), before, &found, e);
}

/* ---- money ------------------------------------------------------------------------------------*/

bool store_bill_each(struct store *s, enum store_bill_by by, int64_t since_day,
                     void (*each)(const struct store_bill_row *row, void *arg), void *arg,
                     struct err *e) {
    static const char *const names[] = {
        [STORE_BILL_BATCH] = "batch", [STORE_BILL_ACCOUNT] = "account", [STORE_BILL_DAY] = "day"};
    sqlite3_stmt *stmt =
        db_query(s, Q_bill_list, BINDS(TEXT(":by", names[by]), INT(":since", since_day)));
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        struct store_bill_row row = {.label = db_text(stmt, 0),
                                     .currency = db_text(stmt, 1),
                                     .calls = sqlite3_column_int64(stmt, 2),
                                     .chars = sqlite3_column_int64(stmt, 3),
                                     .micros = sqlite3_column_int64(stmt, 4),
                                     .maybe = sqlite3_column_int64(stmt, 5)};
        each(&row, arg);
    }
    db_done(stmt);
    return ok;
}

bool store_request_known(struct store *s, const struct request_key *key, bool *known,
                         struct err *e) {
    int64_t one;
    return db_int(s, Q_request_known, BINDS(INT(":key", key->find), INT(":proof", key->check)),
                  &one, known, e);
}
