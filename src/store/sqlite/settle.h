/* settle: the outcome of one attempt, inside an open transaction. */
#ifndef STORE_SQLITE_SETTLE_H
#define STORE_SQLITE_SETTLE_H

#include "store/store.h"

/* Idempotent: an attempt that is settled already changes nothing, but for an answer that arrives
 * after its attempt was given up, which is kept if the job still wants one. */
bool settle_one(struct store *s, const struct store_settle *settle, struct err *e) MUST_CHECK;

#endif
