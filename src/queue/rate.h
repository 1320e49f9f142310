/*
 * rate: a token bucket, exact in integers, for requests (a unit each) and characters. Pure: the
 * clock is an argument.
 *
 * The bucket is kept as one number, the virtual arrival time `next` (GCRA, ITU-T I.371): what has
 * been taken is paid back at next. A call of u units may leave when its u units are in the bucket,
 * at next - (burst - u)·interval, and moves next by u·interval. A call larger than the whole bucket
 * leaves when the bucket is full and moves next all the same: the debt delays those behind it.
 *
 * A place may lie in the future: calls are given their places one after the other, and whoever
 * makes them keeps the time. In any span of time t there are at most burst + t/interval units.
 */
#ifndef QUEUE_RATE_H
#define QUEUE_RATE_H

#include <stdint.h>

struct rate {
    int64_t interval_ns; /* between units; 0 = unlimited */
    int64_t burst;       /* units that may leave at once after a rest, ≥ 1 */
};

/* When a call of `units` (≥ 1) may leave at the earliest, ≥ now_us (≥ 0). `next_us` is the stored
 * state, 0 at first. */
int64_t rate_start_us(const struct rate *rate, int64_t next_us, int64_t now_us, int64_t units);

/* The state after a call of `units` has been given its place at start_us, which must be no earlier
 * than what rate_start_us said. */
int64_t rate_after_us(const struct rate *rate, int64_t next_us, int64_t start_us, int64_t units);

/* The state when so many units, taken before, were not used after all. */
int64_t rate_given_back_us(const struct rate *rate, int64_t next_us, int64_t units);

#endif
