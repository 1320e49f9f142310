/* bill.c: see bill.h. */
#include "store/sqlite/bill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/db.h"
#include "store/sqlite/share.h"

#define WHY_BYTES 320
#define ROOM 16 /* batches of one transaction without growing the list */

int64_t bill_day(int64_t wall_ms) {
    return wall_ms / BILL_DAY_MS;
}

/* ---- room -------------------------------------------------------------------------------------*/

/* *day: the one that its sum is of. */
static bool read_purse(struct store *s, int64_t account_id, struct bill_purse *purse, int64_t *day,
                       struct err *e) {
    sqlite3_stmt *stmt = db_query(s, Q_account_budget, BINDS(INT(":account_id", account_id)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_NOT_FOUND, "%s: no account %" PRId64, s->path, account_id);
    if (ok)
        *purse = (struct bill_purse){.is_limited = sqlite3_column_type(stmt, 0) != SQLITE_NULL,
                                     .left = sqlite3_column_int64(stmt, 0) -
                                             sqlite3_column_int64(stmt, 1) -
                                             sqlite3_column_int64(stmt, 2),
                                     .whole = sqlite3_column_int64(stmt, 0),
                                     .need = sqlite3_column_int64(stmt, 3)};
    if (ok) {
        (void)snprintf(purse->currency, sizeof purse->currency, "%s", db_text(stmt, 4));
        *day = sqlite3_column_int64(stmt, 5);
    }
    db_done(stmt);
    return ok;
}

bool bill_account_purse(struct store *s, int64_t account_id, int64_t day, struct bill_purse *purse,
                        struct err *e) {
    int64_t of_day;
    PRE(s->bill_count == 0); /* the ledger is whole */
    if (!read_purse(s, account_id, purse, &of_day, e))
        return false;
    return of_day == day ||
           (db_run(s, Q_account_day, BINDS(INT(":account_id", account_id), INT(":day", day)), NULL,
                   e) &&
            read_purse(s, account_id, purse, &of_day, e));
}

bool bill_has_room(const struct bill_purse *purse, int64_t cost_micros) {
    return !purse->is_limited || cost_micros <= purse->left;
}

bool bill_is_too_dear(const struct bill_purse *purse, int64_t cost_micros) {
    return purse->is_limited && cost_micros > purse->whole;
}

bool bill_hold_dear(struct store *s, const struct store_claim *claim, int64_t cost_micros,
                    const struct bill_purse *of_batch, const struct bill_purse *of_account,
                    struct err *e) {
    char why[WHY_BYTES], cost[PRICE_MONEY_BYTES], budget[PRICE_MONEY_BYTES];
    bool is_batch = bill_is_too_dear(of_batch, cost_micros);
    (void)snprintf(
        why, sizeof why,
        "costs %s %s, and the whole budget of its %s is %s; raise %s, then `ttsq release`",
        price_money_text(cost_micros, cost), of_account->currency,
        is_batch ? "batch" : "account for a day",
        price_money_text(is_batch ? of_batch->whole : of_account->whole, budget),
        is_batch ? "it with `ttsq budget`" : "`budget` in its [account:…]");
    PRE(job_state_may_become(JOB_READY, JOB_HELD));
    db_count(s, claim->batch_id, JOB_READY, JOB_HELD, 1);
    return db_run(s, Q_job_too_dear,
                  BINDS(INT(":job_id", claim->job_id), TEXT_BYTES(":why", why, strlen(why))), NULL,
                  e) &&
           share_given_up(s, claim->job_id, e);
}

bool bill_is_closed(const struct bill_purse *purse) {
    return purse->need > 0 && !bill_has_room(purse, purse->need);
}

bool bill_forget_need(struct store *s, int64_t batch_id, struct err *e) {
    const struct bind batch = INT(":batch_id", batch_id);
    bool ok = batch_id ? db_run(s, Q_batch_need, BINDS(batch, INT(":need", 0)), NULL, e)
                       : db_run(s, Q_batch_forget_needs, NO_BINDS, NULL, e);
    return ok && db_run(s, Q_account_forget_need, BINDS(batch), NULL, e);
}

/* ---- what a transaction moves -----------------------------------------------------------------*/

static struct bill_delta *delta_of(struct store *s, int64_t account_id, int64_t batch_id,
                                   int64_t day) {
    PRE(s->writing);
    for (size_t i = s->bill_count; i-- > 0;)
        if (s->bills[i].batch_id == batch_id && s->bills[i].account_id == account_id &&
            s->bills[i].day == day)
            return &s->bills[i];
    if (s->bill_count == s->bill_room) {
        s->bill_room = s->bill_room ? 2 * s->bill_room : ROOM;
        s->bills = ensure_realloc(s->bills, s->bill_room * sizeof *s->bills);
    }
    struct bill_delta *d = &s->bills[s->bill_count++];
    *d = (struct bill_delta){.account_id = account_id, .batch_id = batch_id, .day = day};
    return d;
}

static bool write_delta(struct store *s, const struct bill_delta *d, struct err *e) {
    int64_t spent = d->micros + d->maybe;
    const struct bind account = INT(":account_id", d->account_id),
                      batch = INT(":batch_id", d->batch_id), day = INT(":day", d->day),
                      money = INT(":spent", spent), reserved = INT(":reserved", d->reserved);
    if ((spent != 0 || d->reserved != 0) &&
        (!db_run(s, Q_batch_bill, BINDS(batch, money, reserved), NULL, e) ||
         !db_run(s, Q_account_bill, BINDS(account, day, money, reserved), NULL, e)))
        return false;
    if (d->calls == 0 && d->micros == 0 && d->maybe == 0)
        return true;
    return db_run(s, Q_bill_add,
                  BINDS(day, account, batch, INT(":calls", d->calls), INT(":chars", d->chars),
                        INT(":micros", d->micros), INT(":maybe", d->maybe)),
                  NULL, e);
}

bool bill_flush(struct store *s, struct err *e) {
    PRE(s->writing);
    for (size_t i = 0; i < s->bill_count; i++)
        if (!write_delta(s, &s->bills[i], e))
            return false;
    s->bill_count = 0;
    return true;
}

void bill_reserve(struct store *s, int64_t account_id, int64_t batch_id, int64_t day,
                  int64_t cost_micros) {
    delta_of(s, account_id, batch_id, day)->reserved += cost_micros;
}

/* ---- what a call did cost ---------------------------------------------------------------------*/

struct billed { /* whose bill an attempt goes on, and its price */
    int64_t account_id, batch_id, day, chars;
    struct price price;
    bool bills_failed;
};

static bool read_billed(struct store *s, const struct store_settle *x, struct billed *b,
                        struct err *e) {
    sqlite3_stmt *stmt =
        db_query(s, Q_bill_of_attempt, BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_CORRUPT, "%s: job %" PRId64 " is not there", s->path, x->job_id);
    if (ok)
        *b = (struct billed){.account_id = sqlite3_column_int64(stmt, 0),
                             .day = bill_day(sqlite3_column_int64(stmt, 1)),
                             .batch_id = sqlite3_column_int64(stmt, 2),
                             .chars = sqlite3_column_int64(stmt, 3),
                             .price = {.micros = sqlite3_column_int64(stmt, 4),
                                       .units = sqlite3_column_int64(stmt, 5)},
                             .bills_failed = sqlite3_column_int(stmt, 6) != 0};
    db_done(stmt);
    return ok;
}

int64_t bill_cost(const struct price *price, int64_t units) {
    int64_t cost = price_cost(price, units);
    return cost < BILL_CALL_MICROS_MAX ? cost : BILL_CALL_MICROS_MAX;
}

/* What the vendor says, else what was estimated; of an attempt without a definite answer the
 * estimate, to be safe. */
static int64_t cost_of(const struct store_settle *x, const struct billed *b, int64_t reserved) {
    bool told = x->cost_told && b->price.micros > 0;
    switch (x->outcome) {
    case ATTEMPT_ANSWERED:
        return told ? bill_cost(&b->price, x->cost_units) : reserved;
    case ATTEMPT_FAILED:
        if (told)
            return bill_cost(&b->price, x->cost_units);
        return b->bills_failed ? reserved : 0;
    case ATTEMPT_UNCERTAIN:
        return reserved;
    case ATTEMPT_REFUSED:
    case ATTEMPT_UNSENT:
    case ATTEMPT_SENDING:
    case ATTEMPT_OUTCOME_COUNT:
        break;
    }
    return 0;
}

static bool write_cost(struct store *s, const struct store_settle *x, int64_t before, int64_t cost,
                       struct err *e) {
    return cost == before ||
           db_run(s, Q_attempt_cost,
                  BINDS(INT(":job_id", x->job_id), INT(":n", x->attempt_no), INT(":cost", cost)),
                  NULL, e);
}

bool bill_settle(struct store *s, const struct store_settle *x, int64_t reserved, struct err *e) {
    struct billed b;
    if (reserved == 0 && !x->cost_told)
        return true; /* no price */
    if (!read_billed(s, x, &b, e))
        return false;
    int64_t cost = cost_of(x, &b, reserved);
    struct bill_delta *d = delta_of(s, b.account_id, b.batch_id, b.day);
    d->reserved -= reserved;
    if (cost > 0) {
        d->calls++;
        d->chars += b.chars;
    }
    if (x->outcome == ATTEMPT_UNCERTAIN)
        d->maybe += cost;
    else
        d->micros += cost;
    return write_cost(s, x, reserved, cost, e);
}

bool bill_settle_late(struct store *s, const struct store_settle *x, int64_t maybe, struct err *e) {
    struct billed b;
    if (maybe == 0 && !x->cost_told)
        return true;
    if (!read_billed(s, x, &b, e))
        return false;
    int64_t cost = cost_of(x, &b, maybe);
    struct bill_delta *d = delta_of(s, b.account_id, b.batch_id, b.day);
    d->maybe -= maybe;
    d->micros += cost;
    if (maybe == 0 && cost > 0) { /* it was not on the bill yet */
        d->calls++;
        d->chars += b.chars;
    }
    return write_cost(s, x, maybe, cost, e);
}
