/* reap: dead and frozen workers found and cleared away: their answers adopted, their jobs freed,
 * their slots held as long as their calls may still run. */
#ifndef KEEPER_REAP_H
#define KEEPER_REAP_H

#include "store/store.h"

/* Reaps the worker if it is dead; a living one is left alone. `fleet` is the folder of the
 * presence files. */
bool reap_worker(struct store *s, const char *fleet, const char *results, int64_t worker_id,
                 struct err *e) MUST_CHECK;

/* Looks at every worker the store knows except `self`, and reaps the dead. */
bool reap_all(struct store *s, const char *fleet, const char *results, int64_t self,
              struct err *e) MUST_CHECK;

/* Looks at living workers whose leases have run out on an account: the answers that they had
 * published are adopted, what they had not sent is free, and only calls that may have been sent are
 * uncertain. */
bool reap_frozen(struct store *s, const char *fleet, const char *results, struct err *e) MUST_CHECK;

/* True when no other worker lives that makes calls or keeps the store: neither one of a supervisor
 * that died, who finishes its calls, nor one of the next. False when that cannot be told. */
bool reap_is_last(struct store *s, const char *fleet, int64_t self);

/* Removes presence files of the dead that the store knows nothing of: of workers that died before
 * they were registered or right after they had been reaped, and of earlier boots. */
bool reap_strangers(struct store *s, const char *fleet, struct err *e) MUST_CHECK;

#endif
