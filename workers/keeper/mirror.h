/* mirror: the configuration's accounts and profiles, as the store wants to know them. */
#ifndef KEEPER_MIRROR_H
#define KEEPER_MIRROR_H

#include "config/config.h"
#include "store/store.h"

/* The settings of the service itself, or of whoever uses a queue that no service runs: all of them.
 * One transaction when something changed, none otherwise. Blocks as store_configure. */
bool mirror_config(struct store *s, const struct config *config, struct err *e) MUST_CHECK;

/* The caps that the store has for the accounts of a configuration, in its order; 0 = it does not
 * know the account. */
bool mirror_caps(struct store *s, const struct config *config, int64_t caps[CONFIG_ACCOUNTS_MAX],
                 struct err *e) MUST_CHECK;

/* The settings of whoever uses the queue of a running service: only what the store does not know.
 * The service's caps, rates and prices are its own; it reads its file at a reload. As
 * mirror_config. */
bool mirror_missing(struct store *s, const struct config *config, struct err *e) MUST_CHECK;

#endif
