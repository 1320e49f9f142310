/* mirror: the configuration's accounts and profiles, as the store wants to know them. */
#ifndef KEEPER_MIRROR_H
#define KEEPER_MIRROR_H

#include "config/config.h"
#include "store/store.h"

/* One transaction when something changed, none otherwise. Blocks as store_configure. */
bool mirror_config(struct store *s, const struct config *config, struct err *e) MUST_CHECK;

#endif
