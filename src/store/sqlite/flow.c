/* flow.c: see flow.h. */
#include "store/sqlite/flow.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"

#define NS_PER_US 1000

static int64_t at(sqlite3_stmt *stmt, int *column) {
    return sqlite3_column_int64(stmt, (*column)++);
}

/* In the order of account_flow.sql. */
static void read_limits(sqlite3_stmt *stmt, int *i, struct flow *f) {
    f->cap = at(stmt, i);
    f->requests.interval_ns = at(stmt, i) * NS_PER_US;
    f->requests.burst = at(stmt, i);
    f->chars.interval_ns = at(stmt, i);
    f->chars.burst = at(stmt, i);
    f->min_interval_us = at(stmt, i);
    f->ramp_per_min = at(stmt, i);
    f->breaker_limits.failures = at(stmt, i);
    f->breaker_limits.base_ms = at(stmt, i);
    f->breaker_limits.max_ms = at(stmt, i);
}

static void read_state(sqlite3_stmt *stmt, int *i, struct flow *f) {
    f->requests_next_us = at(stmt, i);
    f->chars_next_us = at(stmt, i);
    f->last_us = at(stmt, i);
    f->ramp_boot_ms = at(stmt, i);
    f->paused_until_boot_ms = at(stmt, i);
    f->paused_until_ms = at(stmt, i);
    f->stopped = at(stmt, i) != 0;
    f->by_person = at(stmt, i) != 0;
    f->effective.cap = at(stmt, i);
    f->effective.floor = at(stmt, i);
    f->effective.shrunk_boot_ms = at(stmt, i);
    f->effective.grow_boot_ms = at(stmt, i);
    f->effective.grow_wait_ms = at(stmt, i);
    f->effective.grown = at(stmt, i) != 0;
    f->effective.learned_cap = at(stmt, i);
    f->effective.others = at(stmt, i);
    f->effective.others_until_boot_ms = at(stmt, i);
}

static void read_breaker(sqlite3_stmt *stmt, int *i, struct breaker *b) {
    bool known = breaker_state_parse(db_text(stmt, (*i)++), &b->state);
    ASSERT(known); /* the schema's CHECK */
    b->failures = at(stmt, i);
    b->first_ms = at(stmt, i);
    b->opened_boot_ms = at(stmt, i);
    b->until_boot_ms = at(stmt, i);
    b->wait_ms = at(stmt, i);
    b->probe_job_id = at(stmt, i);
    b->probe_n = at(stmt, i);
}

static void read_service(sqlite3_stmt *stmt, int *i, struct eta_service *x) {
    double *const sums[] = {&x->calls, &x->chars, &x->ms, &x->chars2, &x->chars_ms, &x->busy_ms};
    for (size_t n = 0; n < sizeof sums / sizeof sums[0]; n++)
        *sums[n] = sqlite3_column_double(stmt, (*i)++);
}

bool flow_read(struct store *s, int64_t account_id, struct flow_row *out, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_account_flow, BINDS(INT(":account_id", account_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_NOT_FOUND, "%s: no account %lld", s->path, (long long)account_id);
    if (ok) {
        int i = 0;
        *out = (struct flow_row){.account_id = account_id, .vtime = at(stmt, &i)};
        read_limits(stmt, &i, &out->flow);
        read_state(stmt, &i, &out->flow);
        read_breaker(stmt, &i, &out->flow.breaker);
        read_service(stmt, &i, &out->seen);
        out->was = out->flow;
    }
    db_done(stmt);
    return ok;
}

bool flow_of(struct store *s, int64_t account_id, struct flow_row **out, struct err *e) {
    PRE(s->writing);
    for (struct flow_row *row = s->flows; row; row = row->next)
        if (row->account_id == account_id) {
            *out = row;
            return true;
        }
    struct flow_row *row = ensure_alloc(sizeof *row);
    if (!flow_read(s, account_id, row, e)) {
        free(row);
        return false;
    }
    row->next = s->flows;
    s->flows = *out = row;
    return true;
}

static void say(char **words, const char *text) {
    if (!text)
        return;
    free(*words);
    *words = ensure_strdup(text);
}

void flow_say_pause(struct flow_row *row, const char *reason) {
    say(&row->pause_reason, reason);
}

void flow_say_breaker(struct flow_row *row, const char *why) {
    say(&row->breaker_why, why);
}

static bool write_pace(struct store *s, const struct flow_row *row, struct err *e) {
    const struct flow *f = &row->flow;
    const struct eta_service *seen = &row->seen;
    return db_run(s, Q_account_set_pace,
                  BINDS(INT(":account_id", row->account_id), INT(":vtime", row->vtime),
                        INT(":rate_next_boot_us", f->requests_next_us),
                        INT(":chars_next_boot_us", f->chars_next_us),
                        INT(":last_call_boot_us", f->last_us),
                        INT(":ramp_boot_ms", f->ramp_boot_ms), REAL(":seen_calls", seen->calls),
                        REAL(":seen_chars", seen->chars), REAL(":seen_ms", seen->ms),
                        REAL(":seen_chars2", seen->chars2), REAL(":seen_chars_ms", seen->chars_ms),
                        REAL(":seen_busy_ms", seen->busy_ms)),
                  NULL, e);
}

static bool write_gate(struct store *s, const struct flow_row *row, struct err *e) {
    const struct flow *f = &row->flow;
    const struct effective *x = &f->effective;
    return db_run(s, Q_account_set_gate,
                  BINDS(INT(":account_id", row->account_id),
                        INT(":paused_until_boot_ms", f->paused_until_boot_ms),
                        INT(":paused_until_ms", f->paused_until_ms), INT(":stopped", f->stopped),
                        INT(":paused_by_person", f->by_person),
                        TEXT(":pause_reason", row->pause_reason), INT(":eff_cap", x->cap),
                        INT(":eff_floor", x->floor), INT(":eff_shrunk_boot_ms", x->shrunk_boot_ms),
                        INT(":eff_grow_boot_ms", x->grow_boot_ms),
                        INT(":eff_grow_wait_ms", x->grow_wait_ms), INT(":eff_grown", x->grown),
                        INT(":learned_cap", x->learned_cap), INT(":others", x->others),
                        INT(":others_until_boot_ms", x->others_until_boot_ms)),
                  NULL, e);
}

static bool write_breaker(struct store *s, const struct flow_row *row, struct err *e) {
    const struct breaker *b = &row->flow.breaker;
    return db_run(
        s, Q_account_set_breaker,
        BINDS(INT(":account_id", row->account_id), TEXT(":breaker", breaker_state_text(b->state)),
              INT(":breaker_failures", b->failures), INT(":breaker_first_ms", b->first_ms),
              INT(":breaker_opened_boot_ms", b->opened_boot_ms),
              INT(":breaker_until_boot_ms", b->until_boot_ms), INT(":breaker_wait_ms", b->wait_ms),
              TEXT(":breaker_why", row->breaker_why), INT(":probe_job_id", b->probe_job_id),
              INT(":probe_n", b->probe_n)),
        NULL, e);
}

bool flow_write_all(struct store *s, struct err *e) {
    for (const struct flow_row *row = s->flows; row; row = row->next) {
        if (row->pace_changed && !write_pace(s, row, e))
            return false;
        if (row->state_changed &&
            !(write_gate(s, row, e) && write_breaker(s, row, e) && event_of_flow(s, row, e)))
            return false;
    }
    return true;
}

void flow_forget_all(struct store *s) {
    while (s->flows) {
        struct flow_row *row = s->flows;
        s->flows = row->next;
        free(row->pause_reason);
        free(row->breaker_why);
        free(row);
    }
}
