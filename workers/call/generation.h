/*
 * generation: one loaded configuration, kept as long as a call needs it. A reload makes a new one;
 * calls in flight end under the rules they began with.
 */
#ifndef CALL_GENERATION_H
#define CALL_GENERATION_H

#include "config/config.h"

struct generation {
    struct config *config;
    char *profiles; /* what may be claimed: store_want.profiles */
    bool owned;
    int uses;
};

/* Begins with one use. `owned`: config is freed with the last use. */
struct generation *generation_new(struct config *config, bool owned);
struct generation *generation_use(struct generation *g); /* one more use; returns g */
void generation_drop(struct generation *g);              /* one use less; NULL is fine */

#endif
