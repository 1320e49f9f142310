/* settle_account.c: see settle_account.h. The rules are in queue/flow.h. */
#include "store/sqlite/settle_account.h"

#include "base/clock.h"
#include "base/random.h"
#include "store/sqlite/db.h"

#define FAILED_LATELY_MS 10000 /* before the first of a row: calls end before they are settled */

/* Does this failure speak of the provider, not of one text that always fails? What was refused or
 * not reached does; an answer that is an error counts once a job. */
static bool counts(struct store *s, const struct store_settle *x, const struct flow *f, bool *does,
                   struct err *e) {
    int64_t one;
    bool before = false;
    *does = x->news == BREAKER_NEWS_DOWN;
    if (!*does || x->outcome == ATTEMPT_REFUSED || f->breaker.failures == 0)
        return true;
    bool ok = db_int(s, Q_attempt_failed_since,
                     BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no),
                           INT(":since_ms", f->breaker.first_ms - FAILED_LATELY_MS)),
                     &one, &before, e);
    *does = !before;
    return ok;
}

/* Calls of ours that the provider may count: as many as there are leases, at most. */
static bool count_ours(struct store *s, const struct store_settle *x, int64_t account_id,
                       int64_t *ours, struct err *e) {
    bool found;
    *ours = 0;
    return !x->live || x->live->now < 0 ||
           db_int(s, Q_lease_count_from, BINDS(INT(":account_id", account_id), INT(":from", 0)),
                  ours, &found, e);
}

static bool is_of_interest(const struct store_settle *x, const struct flow *f) {
    return x->news == BREAKER_NEWS_DOWN || f->breaker.state != BREAKER_CLOSED ||
           f->breaker.failures > 0 || x->pause_ms > 0 || x->stop || x->shrink || x->live;
}

/* A text that is split when it is claimed would else block the account for as long as all of it
 * takes, before its first piece. */
static bool give_back_chars(struct store *s, const struct store_settle *x, struct flow_row *row,
                            struct err *e) {
    if (x->outcome != ATTEMPT_UNSENT || row->flow.chars.interval_ns == 0)
        return true;
    sqlite3_stmt *stmt =
        db_query(s, Q_bill_of_attempt, BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && more) {
        flow_give_back(&row->flow, sqlite3_column_int64(stmt, 3));
        row->pace_changed = true;
    }
    db_done(stmt);
    return ok;
}

bool settle_account(struct store *s, const struct store_settle *x, int64_t account_id,
                    struct flow_effect *effect, struct err *e) {
    static const struct store_live nothing = {-1, -1};
    const struct store_live *live = x->live ? x->live : &nothing;
    struct flow_row *row;
    int64_t ours;
    struct flow_call call = {.job_id = x->job_id,
                             .n = x->attempt_no,
                             .begun_boot_ms = x->begun_boot_ms,
                             .news = x->news,
                             .shrink = x->shrink,
                             .stop = x->stop,
                             .pause_ms = x->pause_ms,
                             .live_max = live->max,
                             .live_now = live->now};
    *effect = (struct flow_effect){.changed = false};
    if (!flow_of(s, account_id, &row, e) || !give_back_chars(s, x, row, e))
        return false;
    if (!is_of_interest(x, &row->flow))
        return true;
    if (!counts(s, x, &row->flow, &call.counts, e) || !count_ours(s, x, account_id, &ours, e))
        return false;
    *effect = flow_heard(&row->flow, &call, ours, clock_boot_ms(), clock_wall_ms(), random_u64());
    row->state_changed |= effect->changed;
    if (effect->closes)
        flow_say_pause(row, x->why ? x->why : "no requests left for now, says the provider");
    if (effect->outage)
        flow_say_breaker(row, x->why);
    return true;
}
