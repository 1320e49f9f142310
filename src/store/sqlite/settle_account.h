/* settle_account: what the outcome of a call means for its account: rate, cap, breaker, pause. */
#ifndef STORE_SQLITE_SETTLE_ACCOUNT_H
#define STORE_SQLITE_SETTLE_ACCOUNT_H

#include "queue/flow.h"
#include "store/store.h"

/* Tells the account's row, which the end of the open transaction writes. *effect is what follows
 * for the job. */
bool settle_account(struct store *s, const struct store_settle *x, int64_t account_id,
                    struct flow_effect *effect, struct err *e) MUST_CHECK;

#endif
