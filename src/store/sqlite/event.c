/* event.c: see event.h. */
#include "store/sqlite/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"

static const char *const kind_texts[] = {
#define ROW(name, text) text,
    STORE_EVENTS(ROW)
#undef ROW
};

static struct bind optional_id(const char *name, int64_t id) {
    struct bind b = INT(name, id);
    if (id == 0)
        b.kind = BIND_NULL;
    return b;
}

/* Does it repeat what is on record already? Then it is counted there. */
static bool count_again(struct store *s, const struct event *x, int64_t now_ms, bool *counted,
                        struct err *e) {
    int64_t changes = 0;
    bool ok =
        db_run(s, Q_event_again,
               BINDS(INT(":now_ms", now_ms), INT(":job_id", x->job_id), TEXT(":what", x->what),
                     INT(":near", EVENT_FOLD_NEAR), INT(":since_ms", now_ms - EVENT_FOLD_MS),
                     TEXT(":kind", kind_texts[x->kind]), TEXT(":who", s->who),
                     INT(":batch_id", x->batch_id), INT(":account_id", x->account_id),
                     INT(":same", !x->any)),
               &changes, e);
    *counted = changes > 0;
    return ok;
}

static bool trim(struct store *s, struct err *e) {
    return db_run(s, Q_event_trim, BINDS(INT(":most", EVENT_ROWS_MAX)), NULL, e);
}

bool event_add(struct store *s, const struct event *x, struct err *e) {
    int64_t now_ms = clock_wall_ms();
    bool counted = false;
    PRE(s->writing && x->what);
    if (x->kind != STORE_EVENT_COMMAND && !count_again(s, x, now_ms, &counted, e))
        return false;
    if (!counted && !db_run(s, Q_event_add,
                            BINDS(INT(":now_ms", now_ms), TEXT(":kind", kind_texts[x->kind]),
                                  INT(":batch_id", x->batch_id), INT(":account_id", x->account_id),
                                  optional_id(":job_id", x->job_id), TEXT(":who", s->who),
                                  TEXT(":what", x->what)),
                            NULL, e))
        return false;
    bool due = !counted && sqlite3_last_insert_rowid(s->db) % EVENT_TRIM_EVERY == 0;
    return !due || trim(s, e);
}

bool event_batch_ended(struct store *s, struct err *e) {
    PRE(s->writing);
    return ++s->ends_told % EVENT_TRIM_EVERY != 0 || trim(s, e);
}

bool event_say(struct store *s, const struct event *event, struct err *e, const char *fmt, ...) {
    char what[EVENT_WHAT_BYTES];
    struct event x = *event;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    x.what = what;
    return event_add(s, &x, e);
}

/* ---- accounts -------------------------------------------------------------------------------- */

static bool of_gate(struct store *s, const struct flow_row *row, struct err *e) {
    const struct flow *was = &row->was, *is = &row->flow;
    struct event x = {.account_id = row->account_id, .what = row->pause_reason};
    bool was_closed = was->stopped || was->paused_until_boot_ms > 0 || was->paused_until_ms > 0;
    bool is_closed = is->stopped || is->paused_until_boot_ms > 0 || is->paused_until_ms > 0;
    if (!x.what)
        x.what = "no reason given";
    if (is->stopped && (!was->stopped || is->by_person != was->by_person)) {
        x.kind = is->by_person ? STORE_EVENT_PAUSED : STORE_EVENT_STOPPED;
        return event_add(s, &x, e);
    }
    if (is_closed && !is->stopped && is->paused_until_boot_ms != was->paused_until_boot_ms) {
        int64_t left_ms = is->paused_until_boot_ms - clock_boot_ms();
        char span[DURATION_TEXT_BYTES];
        x.kind = STORE_EVENT_PAUSED;
        x.any = !is->by_person; /* each has another time */
        return left_ms <= 0 ||
               event_say(s, &x, e, "for %s (%s)", duration_text(left_ms + 999, span), x.what);
    }
    x.kind = STORE_EVENT_RESUMED;
    x.what = is->breaker.state == BREAKER_CLOSED ? "calls are made again"
                                                 : "one call is tried, the others follow";
    return !was_closed || is_closed || !s->who || event_add(s, &x, e);
}

static bool of_breaker(struct store *s, const struct flow_row *row, struct err *e) {
    bool was_down = breaker_is_down(&row->was.breaker);
    bool is_down = breaker_is_down(&row->flow.breaker);
    struct event x = {.account_id = row->account_id};
    if (was_down == is_down)
        return true;
    x.kind = is_down ? STORE_EVENT_DOWN : STORE_EVENT_UP;
    x.what = !is_down           ? "the provider answers again"
             : row->breaker_why ? row->breaker_why
                                : "the provider does not answer";
    return event_add(s, &x, e);
}

/* 0 = the cap itself. */
static int64_t lets_through(const struct flow *f) {
    return f->effective.cap > 0 && f->effective.cap < f->cap ? f->effective.cap : f->cap;
}

static bool of_cap(struct store *s, const struct flow_row *row, struct err *e) {
    int64_t was = lets_through(&row->was), is = lets_through(&row->flow);
    struct event x = {.account_id = row->account_id, .any = true};
    if (was == is || row->was.cap != row->flow.cap)
        return true;
    x.kind = is < was ? STORE_EVENT_SHRUNK : STORE_EVENT_GROWN;
    return event_say(s, &x, e, "%lld of %lld calls at a time", (long long)is,
                     (long long)row->flow.cap);
}

bool event_of_flow(struct store *s, const struct flow_row *row, struct err *e) {
    bool is_up = row->flow.breaker.state == BREAKER_CLOSED;
    /* a provider that answers again may say that the key is wrong */
    return (!is_up || of_breaker(s, row, e)) && of_gate(s, row, e) &&
           (is_up || of_breaker(s, row, e)) && of_cap(s, row, e);
}

/* ---- the keeper's own ------------------------------------------------------------------------ */

bool store_tell_space(struct store *s, bool low, const char *what, struct err *e) {
    const struct event x = {
        .kind = low ? STORE_EVENT_FULL : STORE_EVENT_ROOM, .what = what, .any = true};
    return db_begin(s, e) && db_end(s, event_add(s, &x, e), e);
}

bool store_space_told(struct store *s, int64_t *full_ms, struct err *e) {
    bool found;
    *full_ms = 0;
    return db_int(s, Q_event_space, NO_BINDS, full_ms, &found, e);
}

bool store_tell_settings(struct store *s, const char *what, struct err *e) {
    const struct event x = {.kind = STORE_EVENT_CONFIGURED, .what = what};
    return db_begin(s, e) && db_end(s, event_add(s, &x, e), e);
}

/* ---- reading --------------------------------------------------------------------------------- */

void store_set_actor(struct store *s, const char *who) {
    free(s->who);
    s->who = who ? ensure_strdup(who) : NULL;
}

bool store_events_newest(struct store *s, struct store_events *which, int64_t most, struct err *e) {
    bool found;
    PRE(most >= 0);
    return db_int(
        s, Q_event_last,
        BINDS(TEXT(":batch", which->batch), INT(":since_ms", which->since_ms), INT(":most", most)),
        &which->after, &found, e);
}

bool store_events_each(struct store *s, const struct store_events *which,
                       void (*each)(const struct store_event_row *row, void *arg), void *arg,
                       struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_event_list,
                 BINDS(INT(":after", which->after), INT(":since_ms", which->since_ms),
                       TEXT(":batch", which->batch)));
    bool more = true, ok = true;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        struct store_event_row row = {.id = sqlite3_column_int64(stmt, 0),
                                      .at_ms = sqlite3_column_int64(stmt, 1),
                                      .first_ms = sqlite3_column_int64(stmt, 2),
                                      .times = sqlite3_column_int64(stmt, 3),
                                      .kind = db_text(stmt, 4),
                                      .batch = db_text(stmt, 5),
                                      .account = db_text(stmt, 6),
                                      .job_id = sqlite3_column_int64(stmt, 7),
                                      .who = db_text(stmt, 8),
                                      .what = db_text(stmt, 9)};
        each(&row, arg);
    }
    db_done(stmt);
    return ok;
}
