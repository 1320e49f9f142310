/*
 * bill: what may be spent and what was. Inside an open transaction.
 *
 * A claim sets aside what its call may cost, on its account and its batch; the settle puts what it
 * did cost in its place. So spent + reserved never exceeds a budget, whoever claims. All money of a
 * call belongs to the day (UTC) on which it was claimed. A job that a budget has no room for leaves
 * its cost as `need`: until there is so much room again nothing is claimed, and nothing is written.
 * One that costs more than the whole budget is held, as there never will be.
 */
#ifndef STORE_SQLITE_BILL_H
#define STORE_SQLITE_BILL_H

#include "queue/price.h"
#include "store/store.h"

#define BILL_DAY_MS INT64_C(86400000)
/* How often an account without room asks whether the day is over: the wall clock may be set. */
#define BILL_LOOK_MS 60000

/* A call costs ten millions at most: more is nonsense, a provider's or a price's, and the sums of
 * nine hundred thousand such calls still fit. */
#define BILL_CALL_MICROS_MAX INT64_C(10000000000000)

struct bill_purse { /* what an account, or a batch, has for calls */
    bool is_limited;
    int64_t whole; /* the budget */
    int64_t left;  /* of its budget, without what is reserved; may be below 0 */
    int64_t need;  /* as on record */
    char currency[PRICE_CURRENCY_BYTES]; /* of an account's */
};

int64_t bill_day(int64_t wall_ms); /* days since 1970, UTC */

/* What the account may spend on `day`. When the sum in its row is of another day, which may be a
 * later one if the wall clock has been set back, the row becomes that of `day`. */
bool bill_account_purse(struct store *s, int64_t account_id, int64_t day, struct bill_purse *purse,
                        struct err *e) MUST_CHECK;
bool bill_has_room(const struct bill_purse *purse, int64_t cost_micros);
/* Would it not have room for the job if nothing had been spent? */
bool bill_is_too_dear(const struct bill_purse *purse, int64_t cost_micros);
/* A claimed job that one of the two budgets can never have room for waits for a person, and the
 * others go on. */
bool bill_hold_dear(struct store *s, const struct store_claim *claim, int64_t cost_micros,
                    const struct bill_purse *of_batch, const struct bill_purse *of_account,
                    struct err *e) MUST_CHECK;
/* Is there known to be no room for the job that is next? */
bool bill_is_closed(const struct bill_purse *purse);

/* A job that is next no more, or costs something else, must not keep others waiting: what is known
 * about a budget's lack of room is forgotten, and found out again. batch_id 0 = of all. */
bool bill_forget_need(struct store *s, int64_t batch_id, struct err *e) MUST_CHECK;

/* What a call costs, BILL_CALL_MICROS_MAX at most. */
int64_t bill_cost(const struct price *price, int64_t units);

/* Sets money aside; the attempt's row has the same number. */
void bill_reserve(struct store *s, int64_t account_id, int64_t batch_id, int64_t day,
                  int64_t cost_micros);
/* The attempt was settled; `reserved` is what its row had. */
bool bill_settle(struct store *s, const struct store_settle *x, int64_t reserved,
                 struct err *e) MUST_CHECK;
/* It was uncertain, and is answered after all; `maybe` is what its row had. */
bool bill_settle_late(struct store *s, const struct store_settle *x, int64_t maybe,
                      struct err *e) MUST_CHECK;

/* Writes what the transaction has moved so far: before the next claim, and before the commit. */
bool bill_flush(struct store *s, struct err *e) MUST_CHECK;

#endif
