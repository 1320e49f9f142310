/*
 * effective: how many calls at a time a provider really lets through, found out by trying. Pure.
 *
 * Each call refused as "too many at a time" takes one away: of ten that begin together, four
 * refused leave six. The calls that were under way at the first refusal are one cohort; together
 * they bring the number down to half at most, because a provider in trouble refuses everything.
 * What has been taken comes back by one at a time, after a wait that doubles when the growth is
 * refused before it has lasted for its wait, and halves when it has. The provider's own word
 * (headers like maximum-concurrent-requests) bounds it, less the calls that it counts and that are
 * not ours.
 */
#ifndef QUEUE_EFFECTIVE_H
#define QUEUE_EFFECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#define EFFECTIVE_WAIT_MS 1000      /* the first wait before it grows */
#define EFFECTIVE_WAIT_MAX_MS 60000 /* and the longest */
#define EFFECTIVE_OTHERS_MS 10000   /* calls of others are believed in for so long */

struct effective {
    int64_t cap;            /* 0 = nothing was refused: as many as are allowed */
    int64_t floor;          /* of the present cohort */
    int64_t shrunk_boot_ms; /* calls begun until then belong to it */
    int64_t grow_boot_ms;   /* may grow then */
    int64_t grow_wait_ms;
    bool grown;          /* the last change was a growth */
    int64_t learned_cap; /* the provider's own word; 0 = none */
    int64_t others;      /* calls that it counts and that are not ours */
    int64_t others_until_boot_ms;
};

/* Calls at a time: 1 … cap (≥ 1). */
int64_t effective_cap(const struct effective *f, int64_t cap, int64_t now_boot_ms);

/* A call begun at begun_boot_ms was refused because there were too many. */
void effective_refused(struct effective *f, int64_t cap, int64_t begun_boot_ms,
                       int64_t now_boot_ms);

/* Grows by one when it is time; true when something changed. Ask when there is more to do than the
 * effective cap allows. */
bool effective_grow(struct effective *f, int64_t cap, int64_t now_boot_ms);

/* When the effective cap may rise; INT64_MAX = not by time. */
int64_t effective_grows_at(const struct effective *f, int64_t now_boot_ms);

/* What a live answer said: most calls at a time, and how many it counts now (each -1 = nothing);
 * `ours`: the most of them that can be ours. True when something changed. */
bool effective_told(struct effective *f, int64_t live_max, int64_t live_now, int64_t ours,
                    int64_t now_boot_ms);

#endif
