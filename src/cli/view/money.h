/*
 * money: amounts, budgets and what waits for one, as people read them.
 */
#ifndef CLI_VIEW_MONEY_H
#define CLI_VIEW_MONEY_H

#include <jansson.h>

#include "provider/profile.h"
#include "store/store.h"

#define MONEY_BYTES 256

/* "1.93 of 5.00 USD", "1.93 USD", "-" when nothing was spent and there is no budget.
 * Returns out. */
const char *money_spent(const struct store_money *m, char out[MONEY_BYTES]);
/* Why calls wait: "1.99 of 2.00 USD are spent or set aside, the next call may cost 0.05 USD". */
const char *money_waits(const struct store_money *m, char out[MONEY_BYTES]);

/* Can a budget of its batches be kept? ERR_CONFIG when nobody knows what its calls cost. */
bool money_has_price(const struct profile *p, struct err *e) MUST_CHECK;

/* Adds currency, budget_micros (null = none), spent_micros, reserved_micros, waits_for_budget. */
void money_json(json_t *object, const struct store_money *m);

#endif
