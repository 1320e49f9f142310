/*
 * rate: a token bucket for requests, exact in integers. Pure: the clock is an argument.
 *
 * The bucket is kept as one number, the virtual arrival time of the next request (GCRA, ITU-T
 * I.371), always between now (bucket full) and now + burst·interval (empty): a request may leave
 * when now ≥ next - (burst-1)·interval, and moves next by one interval.
 */
#ifndef QUEUE_RATE_H
#define QUEUE_RATE_H

#include <stdint.h>

struct rate {
    int64_t interval_us; /* between requests; 0 = unlimited */
    int64_t burst;       /* requests that may leave at once after a rest, ≥ 1 */
};

/* How many of `want` requests may leave now; *next_us is the stored state (0 at first) and is
 * advanced. A state further ahead than a whole burst comes from a slower rate or another boot and
 * is cut to one burst, so it delays by one interval at most. `now_us` ≥ 0. */
int64_t rate_take(const struct rate *rate, int64_t *next_us, int64_t now_us, int64_t want);

/* When the next single request may leave (µs, same clock); ≤ now means at once. Knows no clock, so
 * it does not cut: whoever changes the rate, or finds a state of another boot, starts again from 0.
 */
int64_t rate_ready_us(const struct rate *rate, int64_t next_us);

#endif
