/* reap: dead workers found and cleared away: their answers adopted, their jobs freed, their slots
 * held as long as their calls may still run. */
#ifndef KEEPER_REAP_H
#define KEEPER_REAP_H

#include "store/store.h"

/* Reaps the worker if it is dead; a living one is left alone. `runtime` holds the presence files.
 */
bool reap_worker(struct store *s, const char *runtime, const char *results, int64_t worker_id,
                 struct err *e) MUST_CHECK;

/* Looks at every worker the store knows except `self`, and reaps the dead. */
bool reap_all(struct store *s, const char *runtime, const char *results, int64_t self,
              struct err *e) MUST_CHECK;

#endif
