/* configure: the installation's accounts and profiles, mirrored into the store. */
#include <string.h>

#include "queue/request_key.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"

#define US_PER_MS 1000

static int64_t greatest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* The same parameters serve the question "is it so already?" and the change; `keep`: what is there
 * stays as it is. */
static bool account(struct store *s, enum query q, const struct store_account_config *a, bool keep,
                    bool *found, struct err *e) {
    int64_t one;
    const char *currency = a->currency ? a->currency : "USD";
    struct bind budget = INT(":budget_day", a->budget_day_micros);
    if (!a->has_budget)
        budget.kind = BIND_NULL;
    return db_int(
        s, q,
        BINDS(TEXT(":name", a->name), INT(":keep", keep), INT(":cap", a->cap),
              INT(":rate_interval_us", a->rate_interval_us), INT(":rate_burst", a->rate_burst),
              INT(":chars_interval_ns", a->chars_interval_ns),
              INT(":chars_burst", a->chars_burst > 0 ? a->chars_burst : 1),
              INT(":min_interval_us", a->min_interval_ms * US_PER_MS),
              INT(":ramp_per_min", a->ramp_per_min), INT(":breaker_limit", a->breaker.failures),
              INT(":breaker_base_ms", greatest(a->breaker.base_ms, 1)),
              INT(":breaker_max_ms", greatest(a->breaker.max_ms, a->breaker.base_ms)),
              INT(":hold_uncertain", a->hold_uncertain), INT(":linger_ms", a->linger_ms),
              TEXT(":currency", currency), budget),
        &one, found, e);
}

static bool profile(struct store *s, enum query q, const struct store_profile_config *p, bool keep,
                    bool *found, struct err *e) {
    int64_t one;
    return db_int(s, q,
                  BINDS(TEXT(":name", p->name), INT(":keep", keep), TEXT(":account", p->account),
                        INT(":retry_max", p->retry_max), INT(":uncertain_max", p->uncertain_max),
                        INT(":backoff_base_ms", p->backoff_base_ms),
                        INT(":backoff_cap_ms", p->backoff_cap_ms),
                        INT(":timeout_total_ms", p->timeout_total_ms),
                        INT(":wants_context", p->wants_context), TEXT(":voice", p->voice),
                        BLOB(":fingerprint", p->fingerprint, REQUEST_FINGERPRINT_BYTES),
                        INT(":price_micros", p->price.micros), INT(":price_units", p->price.units),
                        TEXT(":price_unit", price_unit_text(p->price.unit)),
                        INT(":bills_failed", p->bills_failed)),
                  &one, found, e);
}

static bool default_profile_is(struct store *s, const char *name, bool *same, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_meta_read, NO_BINDS);
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    *same = ok && more && strcmp(db_text(stmt, 1), name) == 0;
    db_done(stmt);
    return ok;
}

static bool is_so(struct store *s, const struct store_settings *x, bool keep, bool *same,
                  struct err *e) {
    for (size_t i = 0; *same && i < x->account_count; i++)
        if (!account(s, Q_account_same, &x->accounts[i], keep, same, e))
            return false;
    for (size_t i = 0; *same && i < x->profile_count; i++)
        if (!profile(s, Q_profile_same, &x->profiles[i], keep, same, e))
            return false;
    return true;
}

/* What a person has set, and finds changed, has a line that says why. */
static bool tell_replaced(struct store *s, const struct store_account_config *a, struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_account_replaced,
                                  BINDS(TEXT(":name", a->name), INT(":cap", a->cap),
                                        INT(":rate_interval_us", a->rate_interval_us)));
    bool more = false, ok = db_row(s, stmt, &more, e);
    struct event event = {.kind = STORE_EVENT_CONFIGURED};
    event.account_id = ok && more ? sqlite3_column_int64(stmt, 0) : 0;
    long long before = ok && more ? sqlite3_column_int64(stmt, 1) : 0;
    bool by_hand = ok && more && sqlite3_column_int(stmt, 2);
    bool rate_goes = ok && more && sqlite3_column_int(stmt, 3);
    db_done(stmt);
    if (ok && before > 0)
        ok = event_say(s, &event, e,
                       "cap: from %lld%s to %lld calls at a time, as the settings say now", before,
                       by_hand ? " (set by hand)" : "", (long long)a->cap);
    if (ok && rate_goes)
        ok = event_say(s, &event, e, "rate: as the settings say now; what was set by hand is over");
    return ok;
}

static bool put(struct store *s, const struct store_settings *x, bool keep, struct err *e) {
    bool ok = true, row;
    for (size_t i = 0; ok && i < x->account_count; i++)
        ok = (keep || tell_replaced(s, &x->accounts[i], e)) &&
             account(s, Q_account_put, &x->accounts[i], keep, &row, e);
    for (size_t i = 0; ok && i < x->profile_count; i++)
        ok = profile(s, Q_profile_put, &x->profiles[i], keep, &row, e);
    return ok && db_run(s, Q_batch_follow_profile, NO_BINDS, NULL, e) &&
           bill_forget_need(s, 0, e) &&
           event_add(s,
                     &(struct event){.kind = STORE_EVENT_CONFIGURED,
                                     .what = "accounts or profiles have changed"},
                     e);
}

bool store_configure(struct store *s, const struct store_settings *x, struct err *e) {
    bool same = true;
    if (!default_profile_is(s, x->default_profile, &same, e) || !is_so(s, x, false, &same, e))
        return false;
    if (same)
        return true;
    if (!db_begin(s, e))
        return false;
    bool ok = db_run(s, Q_meta_set_profile, BINDS(TEXT(":profile", x->default_profile)), NULL, e) &&
              put(s, x, false, e);
    return db_end(s, ok, e);
}

bool store_configure_missing(struct store *s, const struct store_settings *x, struct err *e) {
    bool same = true;
    if (!is_so(s, x, true, &same, e))
        return false;
    return same || (db_begin(s, e) && db_end(s, put(s, x, true, e), e));
}

bool store_account_id(struct store *s, const char *name, int64_t *id, struct err *e) {
    bool found = false;
    if (!db_int(s, Q_account_id, BINDS(TEXT(":name", name)), id, &found, e))
        return false;
    return found || err_set(e, ERR_NOT_FOUND, "no account %s in the store", name);
}
