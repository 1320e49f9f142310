/*
 * fair: which batch is served next. Pure.
 *
 * Start-time fair queueing by characters: each batch has a virtual time that grows by
 * characters/weight with every job served; the runnable batch with the highest priority, then the
 * lowest virtual time, is next. A batch that wakes up (new, or empty until now) starts at the
 * current virtual time of its priority (the start of the newest job served there), so it neither
 * pays for the past nor hoards it. Each priority has a virtual time of its own: while one is served
 * those below stand still. A batch whose own cap is full is not runnable. When a person changes its
 * cap or priority, it stays ahead of its virtual time by as much as it was, and what it was behind
 * is gone. Source: P. Goyal et al., "Start-time Fair Queueing", SIGCOMM 1996.
 */
#ifndef QUEUE_FAIR_H
#define QUEUE_FAIR_H

#include <stddef.h>
#include <stdint.h>

#define FAIR_VTIME_PER_CHAR 1024 /* virtual time units of one character at weight 1 */

struct fair_batch {
    int64_t batch_id;
    int64_t priority; /* higher first */
    int64_t weight;   /* 1 … 1000 */
    int64_t vtime;
    int64_t ready; /* jobs that could be served */
};

/* Index of the batch to serve next, or -1 when none has ready jobs. Ties: the lower batch_id. */
int fair_pick(const struct fair_batch *batches, size_t count);

/* Virtual time after serving a job of `chars` characters (an empty one counts as 1). */
int64_t fair_advance(int64_t vtime, int64_t weight, int64_t chars);

#endif
