/*
 * prune: a batch's rows and answers go; what it cost stays.
 *
 *     begin (one transaction): the batch is gone for people, its part of the ledger under `pruned`
 *     shared: answers that other batches have too change owner  ┐ each in parts; whoever dies, the
 *     requests: they follow their answer, or go                 │ next call goes on where he was
 *     jobs: rows, then, behind the commit, the bytes of answers ┘
 *
 * Who asks for one of its answers after the first of these takes it over (share.c), so none that
 * is shared late is missed.
 *
 * Bytes whose row is gone and that are still there after a crash are a stray file, which `ttsq
 * audit` finds; those in a segment file keep it, until its last answer on record is gone and it is
 * a stray file, too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"

#define PART 500 /* rows looked at, or jobs removed, in one transaction */

bool store_batch_delivered(struct store *s, int64_t batch_id, int64_t done, struct err *e) {
    return db_begin(s, e) && db_end(s,
                                    db_run(s, Q_batch_delivered,
                                           BINDS(INT(":batch_id", batch_id), INT(":done", done),
                                                 INT(":now_ms", clock_wall_ms())),
                                           NULL, e),
                                    e);
}

bool store_prune_size(struct store *s, int64_t batch_id, int64_t *answers, int64_t *bytes,
                      struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_prune_size, BINDS(INT(":batch_id", batch_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok) {
        *answers = sqlite3_column_int64(stmt, 0);
        *bytes = sqlite3_column_int64(stmt, 1);
    }
    db_done(stmt);
    return ok;
}

static bool begin(struct store *s, int64_t batch_id, bool undelivered, struct err *e) {
    const struct bind batch = INT(":batch_id", batch_id), now = INT(":now_ms", clock_wall_ms());
    int64_t changes = 0;
    if (!db_run(s, Q_prune_row, BINDS(batch, now, INT(":undelivered", undelivered)), &changes, e))
        return false;
    if (changes != 1)
        return err_set(e, ERR_FAILED, "it goes on, or its answers were not fetched");
    const struct event event = {.kind = STORE_EVENT_COMMAND, .batch_id = batch_id};
    const struct bind pruned = INT(":pruned_id", sqlite3_last_insert_rowid(s->db));
    return db_run(s, Q_prune_bill, BINDS(pruned, batch), NULL, e) &&
           db_run(s, Q_prune_events, BINDS(batch), NULL, e) && event_say(s, &event, e, "pruned") &&
           db_run(s, Q_prune_batch, BINDS(now, batch), NULL, e);
}

bool store_prune_begin(struct store *s, int64_t batch_id, bool undelivered, struct err *e) {
    return db_begin(s, e) && db_end(s, begin(s, batch_id, undelivered, e), e);
}

/* ---- the rows ---------------------------------------------------------------------------------*/

struct page { /* rows read before a transaction; column 1 may be missing */
    int64_t first[PART], second[PART];
    size_t count;
};

static bool read_page(struct store *s, sqlite3_stmt *stmt, struct page *page, struct err *e) {
    bool more = true, ok = true;
    page->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        page->first[page->count] = sqlite3_column_int64(stmt, 0);
        page->second[page->count++] =
            sqlite3_column_count(stmt) > 1 ? sqlite3_column_int64(stmt, 1) : 0;
    }
    db_done(stmt);
    return ok;
}

static bool concerns_us(const struct page *page) {
    for (size_t i = 0; i < page->count; i++)
        if (page->second[i] != 0)
            return true;
    return false;
}

static bool next_sharing(struct store *s, struct store_prune *at, struct err *e) {
    struct page page;
    if (!read_page(s, db_query(s, Q_prune_sharing, BINDS(INT(":after", at->sharer))), &page, e))
        return false;
    if (page.count == 0) {
        at->step = STORE_PRUNE_REQUESTS;
        at->from = INT64_MIN;
    } else {
        at->sharer = page.first[0];
        at->from = page.second[0] > 0 ? page.second[0] : 1;
    }
    return true;
}

static bool hand_over_page(struct store *s, const struct page *page, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < page->count; i++)
        if (page->second[i] != 0)
            ok = db_run(s, Q_prune_hand_over,
                        BINDS(INT(":job_id", page->first[i]), INT(":result_id", page->second[i])),
                        NULL, e);
    return ok;
}

/* from 0: on to the next batch. */
static bool hand_over_part(struct store *s, struct store_prune *at, struct err *e) {
    struct page page;
    if (at->from == 0)
        return next_sharing(s, at, e);
    if (!read_page(s,
                   db_query(s, Q_prune_shared,
                            BINDS(INT(":batch_id", at->batch_id), INT(":sharer", at->sharer),
                                  INT(":from", at->from), INT(":most", PART))),
                   &page, e))
        return false;
    at->from = page.count == PART ? page.first[PART - 1] + 1 : 0;
    return !concerns_us(&page) || (db_begin(s, e) && db_end(s, hand_over_page(s, &page, e), e));
}

static bool forget_page(struct store *s, int64_t batch_id, const struct page *page, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < page->count; i++) {
        const struct bind *binds = BINDS(INT(":key", page->first[i]), INT(":batch_id", batch_id));
        if (page->second[i] != 0)
            ok = db_run(s, Q_prune_request_over, binds, NULL, e) &&
                 db_run(s, Q_prune_request, binds, NULL, e);
    }
    return ok;
}

static bool forget_part(struct store *s, struct store_prune *at, struct err *e) {
    struct page page;
    if (!read_page(s,
                   db_query(s, Q_prune_requests,
                            BINDS(INT(":batch_id", at->batch_id), INT(":from", at->from),
                                  INT(":most", PART))),
                   &page, e))
        return false;
    if (page.count < PART || page.first[PART - 1] == INT64_MAX)
        at->step = STORE_PRUNE_JOBS;
    else
        at->from = page.first[PART - 1] + 1;
    return !concerns_us(&page) ||
           (db_begin(s, e) && db_end(s, forget_page(s, at->batch_id, &page, e), e));
}

/* ---- the jobs ---------------------------------------------------------------------------------*/

struct answers { /* of a part: their bytes go when the rows are gone for good */
    struct store_pruned_answer *list;
    size_t count, room;
};

static void add_answer(struct answers *a, sqlite3_stmt *stmt) {
    const char *path = db_text(stmt, 1);
    if (!path)
        return;
    if (a->count == a->room) {
        a->room = a->room ? 2 * a->room : PART;
        a->list = ensure_realloc(a->list, a->room * sizeof *a->list);
    }
    a->list[a->count++] = (struct store_pruned_answer){.path = ensure_strdup(path),
                                                       .offset = sqlite3_column_int64(stmt, 2),
                                                       .bytes = sqlite3_column_int64(stmt, 3)};
}

static bool remove_answers(struct store *s, int64_t job_id, struct answers *a, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_prune_answers, BINDS(INT(":job_id", job_id)));
    bool more = true, ok = true;
    while (ok && (ok = db_row(s, stmt, &more, e)) && more) {
        add_answer(a, stmt);
        ok = db_run(s, Q_prune_result, BINDS(INT(":result_id", sqlite3_column_int64(stmt, 0))),
                    NULL, e);
    }
    db_done(stmt);
    return ok;
}

static bool remove_job(struct store *s, int64_t job_id, struct answers *a, struct err *e) {
    static const enum query rows[] = {Q_piece_delete_all, Q_prune_attempts, Q_prune_text,
                                      Q_prune_job};
    bool ok = remove_answers(s, job_id, a, e);
    for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++)
        ok = db_run(s, rows[i], BINDS(INT(":job_id", job_id)), NULL, e);
    return ok;
}

static bool remove_page(struct store *s, int64_t batch_id, const struct page *page,
                        struct answers *a, struct err *e) {
    const struct bind *batch = BINDS(INT(":batch_id", batch_id));
    for (size_t i = 0; i < page->count; i++)
        if (!remove_job(s, page->first[i], a, e))
            return false;
    return page->count == PART || (db_run(s, Q_prune_appended, batch, NULL, e) &&
                                   db_run(s, Q_prune_endings, batch, NULL, e) &&
                                   db_run(s, Q_prune_emptied, batch, NULL, e) &&
                                   db_run(s, Q_prune_forget, NO_BINDS, NULL, e));
}

static void tell_answers(const struct answers *a, bool are_gone,
                         void (*gone)(const struct store_pruned_answer *answer, void *arg),
                         void *arg) {
    for (size_t i = 0; i < a->count; i++) {
        if (are_gone)
            gone(&a->list[i], arg);
        free((char *)(uintptr_t)a->list[i].path);
    }
    free(a->list);
}

static bool remove_part(struct store *s, int64_t batch_id, bool *more,
                        void (*gone)(const struct store_pruned_answer *answer, void *arg),
                        void *arg, struct err *e) {
    struct answers answers = {0};
    struct page page = {.count = 0};
    if (!db_begin(s, e))
        return false;
    bool ok =
        read_page(s,
                  db_query(s, Q_prune_jobs, BINDS(INT(":batch_id", batch_id), INT(":most", PART))),
                  &page, e) &&
        remove_page(s, batch_id, &page, &answers, e);
    ok = db_end(s, ok, e);
    tell_answers(&answers, ok, gone, arg);
    *more = page.count == PART;
    return ok;
}

static bool do_part(struct store *s, struct store_prune *at, bool *more,
                    void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                    struct err *e) {
    bool jobs_left = true;
    *more = true;
    switch (at->step) {
    case STORE_PRUNE_FIND:
        *at = (struct store_prune){.step = STORE_PRUNE_SHARED};
        return db_int(s, Q_prune_next, NO_BINDS, &at->batch_id, more, e);
    case STORE_PRUNE_SHARED:
        return hand_over_part(s, at, e);
    case STORE_PRUNE_REQUESTS:
        return forget_part(s, at, e);
    case STORE_PRUNE_JOBS:
        break;
    }
    if (!remove_part(s, at->batch_id, &jobs_left, gone, arg, e))
        return false;
    if (!jobs_left)
        at->step = STORE_PRUNE_FIND;
    return true;
}

/* A part that failed is done again: with answers that were not handed over the next step would take
 * those of other batches. */
bool store_prune_part(struct store *s, struct store_prune *at, bool *more,
                      void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                      struct err *e) {
    struct store_prune next = *at;
    bool ok = do_part(s, &next, more, gone, arg, e);
    if (ok)
        *at = next;
    return ok;
}

bool store_prune_go_on(struct store *s,
                       void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                       struct err *e) {
    struct store_prune at = {.step = STORE_PRUNE_FIND};
    bool more = true;
    while (more)
        if (!store_prune_part(s, &at, &more, gone, arg, e))
            return false;
    return true;
}

bool store_prune_due(struct store *s, int64_t before_ms, int64_t *batch_id, char *name,
                     struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_prune_due, BINDS(INT(":after", *batch_id), INT(":before_ms", before_ms)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok) {
        *batch_id = more ? sqlite3_column_int64(stmt, 0) : 0;
        (void)snprintf(name, STORE_NAME_MAX + 1, "%s", more ? db_text(stmt, 1) : "");
    }
    db_done(stmt);
    return ok;
}
