/* produce: what keeping needs of producing. */
#ifndef STORE_SQLITE_PRODUCE_H
#define STORE_SQLITE_PRODUCE_H

#include "store/store.h"

/* Removes every half-loaded batch of a dead producer, in parts. */
bool produce_abort_all(struct store *s, int64_t producer_id, struct err *e) MUST_CHECK;

/* Whose load of this batch was begun on this handle; 0 = nobody's. */
int64_t produce_id_of(const struct store *s, int64_t batch_id);

#endif
