/*
 * prune: batches that were fetched so long ago that the configuration lets them go, and what
 * another process has left half pruned. In short parts, so that no other duty waits.
 */
#ifndef KEEPER_PRUNE_H
#define KEEPER_PRUNE_H

#include "config/config.h"
#include "store/store.h"

struct prune { /* zero-initialise */
    struct store_prune at;
    bool under_way;
    int64_t look_boot_ms, segments_boot_ms; /* next look at what is due, at emptied files */
};

/* Nothing while a backup is being made; else a few parts when there is something to do, a look now
 * and then else. Blocks for PRUNE_SLICE_MS and one part more at most, but for the rare look at all
 * batches and segment files. */
bool prune_go_on(struct prune *p, struct store *s, const char *fleet, const struct config *config,
                 struct err *e) MUST_CHECK;

#endif
