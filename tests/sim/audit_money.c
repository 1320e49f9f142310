/*
 * audit_money.c: what may have been billed stays within what people allow: for a batch in all, for
 * an account on each day. It adds up the provider's ledger; of the tables it asks only which budget
 * an account has, what has a price, and when a call was claimed.
 */
#include <string.h>

#include "audit.h"
#include "base/ensure.h"
#include "sim.h"

#define BATCHES_MAX 256
#define DAYS_MAX 512
#define DAY_MS INT64_C(86400000)
#define CHARACTER_MICROS 1000 /* 1 USD for 1K codepoints: settings.c */

struct purse {
    bool is_limited;
    int64_t most_micros, billed_micros;
};

static struct day {
    int64_t number; /* since 1970, UTC */
    int account;
    struct purse purse;
} days[DAYS_MAX];
static size_t day_count;
static struct purse batches[BATCHES_MAX];
static sqlite3_stmt *claimed_stmt;

void audit_money_open(void) {
    claimed_stmt = audit_prepare(
        "SELECT t.claimed_ms FROM attempt t JOIN job j ON j.id = t.job_id JOIN batch b ON b.id = "
        "j.batch_id WHERE t.job_id = ?1 AND t.n = ?2 AND b.profile IN ('pp', 'pt')");
}

static struct purse *batch_of(int64_t id) {
    ASSERT(id >= 0 && id < BATCHES_MAX);
    return &batches[id];
}

/* What was spent before a budget was lowered is spent: the highest counts. */
static void allow(struct purse *p, int64_t micros) {
    if (micros > p->most_micros)
        p->most_micros = micros;
}

void audit_batch_may_cost(int64_t batch_id, int64_t micros) {
    batch_of(batch_id)->is_limited = micros > 0;
    allow(batch_of(batch_id), micros);
}

/* The newest first: it is nearly always that one. */
static struct day *day_of(int account, int64_t number) {
    for (size_t i = day_count; i-- > 0;)
        if (days[i].number == number && days[i].account == account)
            return &days[i];
    ASSERT(day_count < DAYS_MAX);
    days[day_count] = (struct day){number, account, {.is_limited = true}};
    return &days[day_count++];
}

/* A day on which the account had no budget for a while has none. */
void audit_account_may_cost(int account, int64_t micros) {
    struct purse *p = &day_of(account, clock_wall_ms() / DAY_MS)->purse;
    p->is_limited = p->is_limited && micros >= 0;
    allow(p, micros);
}

static bool pays(struct purse *p, int64_t micros) {
    if (p->is_limited)
        p->billed_micros += micros;
    return !p->is_limited || p->billed_micros <= p->most_micros;
}

void audit_money_sent(const struct sim_call *c, int64_t batch_id) {
    int64_t micros = (int64_t)strlen(c->text) * CHARACTER_MICROS;
    if (!sim_is_billed(c->fate))
        return;
    sqlite3_bind_int64(claimed_stmt, 1, c->job_id);
    sqlite3_bind_int64(claimed_stmt, 2, c->attempt_no);
    bool has_price = audit_row(claimed_stmt);
    int64_t day = has_price ? sqlite3_column_int64(claimed_stmt, 0) / DAY_MS : 0;
    (void)sqlite3_reset(claimed_stmt);
    if (!has_price)
        return;
    const struct purse *of_batch = batch_of(batch_id);
    if (!pays(batch_of(batch_id), micros))
        sim_violation("money: batch %lld may cost %lld and has cost %lld micros",
                      (long long)batch_id, (long long)of_batch->most_micros,
                      (long long)of_batch->billed_micros);
    struct purse *of_day = &day_of(c->account, day)->purse;
    if (!pays(of_day, micros))
        sim_violation("money: day %lld of account %d may cost %lld and has cost %lld micros",
                      (long long)day, c->account, (long long)of_day->most_micros,
                      (long long)of_day->billed_micros);
}
