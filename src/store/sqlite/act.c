/* act: what a person says of an account, and a batch's budget. */
#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"

#define NS_PER_US 1000

bool store_cap(struct store *s, const char *account, int64_t cap, int64_t *before, struct err *e) {
    struct flow_row *row;
    int64_t id;
    PRE(cap >= 1);
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    int64_t old = ok ? row->flow.cap : 0;
    ok = ok &&
         db_run(s, Q_account_set_cap, BINDS(TEXT(":name", account), INT(":cap", cap)), NULL, e) &&
         event_say(s, &(struct event){.kind = STORE_EVENT_COMMAND, .account_id = id}, e,
                   "cap: from %lld to %lld calls at a time", (long long)old, (long long)cap);
    if (!db_end(s, ok, e))
        return false;
    *before = old;
    return true;
}

static bool tell_budget(struct store *s, int64_t batch_id, int64_t micros, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_COMMAND, .batch_id = batch_id};
    char money[PRICE_MONEY_BYTES];
    return event_say(s, &event, e, "budget: %s",
                     micros > 0 ? price_money_text(micros, money) : "none");
}

bool store_batch_budget(struct store *s, int64_t batch_id, int64_t micros, int64_t *before,
                        struct err *e) {
    bool found = false;
    int64_t old = 0, changes = 0;
    struct bind budget = INT(":micros", micros);
    PRE(micros >= 0);
    if (micros == 0)
        budget.kind = BIND_NULL;
    if (!db_begin(s, e))
        return false;
    bool ok = db_int(s, Q_batch_get_budget, BINDS(INT(":batch_id", batch_id)), &old, &found, e) &&
              db_run(s, Q_batch_set_budget, BINDS(INT(":batch_id", batch_id), budget), &changes, e);
    if (ok && changes == 0)
        ok = err_set(e, ERR_NOT_FOUND, "no batch %lld", (long long)batch_id);
    ok = ok && tell_budget(s, batch_id, micros, e);
    if (!db_end(s, ok, e))
        return false;
    *before = found ? old : 0;
    return true;
}

bool store_rate(struct store *s, const char *account, int64_t interval_us, const char *asked,
                int64_t *before_us, struct err *e) {
    struct flow_row *row;
    int64_t id;
    PRE(interval_us >= 0);
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    int64_t old_us = ok ? row->flow.requests.interval_ns / NS_PER_US : 0;
    ok = ok &&
         db_run(s, Q_account_set_rate,
                BINDS(TEXT(":name", account), INT(":rate_interval_us", interval_us)), NULL, e) &&
         event_say(s, &(struct event){.kind = STORE_EVENT_COMMAND, .account_id = id}, e,
                   "rate: %.64s", interval_us > 0 ? asked : "no limit");
    if (!db_end(s, ok, e))
        return false;
    *before_us = old_us;
    return true;
}

bool store_pause(struct store *s, const char *account, int64_t for_ms, const char *reason,
                 struct err *e) {
    struct flow_row *row;
    int64_t id;
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    if (ok) {
        flow_pause(&row->flow, for_ms, clock_boot_ms(), clock_wall_ms());
        flow_say_pause(row, reason);
        row->state_changed = true;
    }
    return db_end(s, ok, e);
}

bool store_resume(struct store *s, const char *account, bool *was, bool *probes, struct err *e) {
    struct flow_row *row;
    int64_t id;
    bool ended = false, doubt = false;
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    if (ok) {
        ended = flow_resume(&row->flow, clock_boot_ms());
        doubt = row->flow.breaker.state != BREAKER_CLOSED;
        row->state_changed = true;
    }
    if (!db_end(s, ok, e))
        return false;
    *was = ended;
    *probes = doubt;
    return true;
}
