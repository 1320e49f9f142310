/*
 * retry: what a settled attempt means for its job. Pure: randomness is an argument.
 */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/state.h"

#define RETRY_WHY_MAX 240
#define RETRY_SHRINK_BASE_MS 50  /* backoff of a job that was one call too many, … */
#define RETRY_SHRINK_CAP_MS 2000 /* … unless the profile's is shorter */

/* What the rules of a profile ask for (provider/rule.h): a rule speaks about the answer,
 * retry_decide about the job. */
enum retry_action {
    RETRY_NONE,   /* answered: nothing to repeat */
    RETRY_AGAIN,  /* transient: again after a backoff */
    RETRY_WAIT,   /* the account asked for a pause: again when it is over */
    RETRY_SHRINK, /* too many at a time: again, with fewer in flight */
    RETRY_FAIL,   /* repeating changes nothing */
    RETRY_SPLIT,  /* the text is too long: repeating it whole changes nothing */
    RETRY_STOP,   /* the account needs a person (key, quota): keep the job */
};

struct retry_policy {
    int attempts_max;    /* retry.max: attempts that may count before a job fails, 1 … 100 */
    int uncertain_max;   /* uncertain outcomes that may be repeated; one more holds, 1 … 100 */
    bool hold_uncertain; /* uncertain = hold: at the first one */
    int64_t backoff_base_ms; /* > 0 */
    int64_t backoff_cap_ms;  /* ≥ base */
};

struct retry_history { /* of the job, including the attempt that is being settled */
    int attempts;      /* that count: failed or uncertain */
    int refusals;      /* in a row */
    int uncertain;
};

struct retry_decision {
    enum job_state state; /* JOB_DONE, JOB_READY, JOB_DELAYED, JOB_FAILED or JOB_HELD */
    int64_t delay_ms;     /* for JOB_DELAYED, ≥ 1 */
};

/* Exponential backoff with full jitter: uniform in [1, min(cap, base·2^(n-1))] for the n-th try
 * (n ≥ 1). Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 * `random` is any uniform 64-bit number. */
int64_t retry_backoff_ms(int64_t base_ms, int64_t cap_ms, int n, uint64_t random);

/* What the settled attempt makes of its job. First row that fits:
 *
 *   answered                                      done
 *   unsent                                        ready
 *   refused    stop                               ready (the account is paused; the job is kept)
 *              any other action                   delayed, step = refusals: never fails a job;
 *                                                 shrink: by a short backoff of its own
 *   failed     stop                               ready
 *              fail, split, attempts ≥ attempts_max failed
 *              any other action                   delayed, step = attempts
 *   uncertain  hold, or uncertain > uncertain_max held
 *              fail, split, attempts ≥ attempts_max failed
 *              any other action                   delayed, step = attempts
 *
 * Delayed means the backoff of that step, or `wait_ms` if that is longer (what the provider asked
 * for by Retry-After; 0 = nothing). `outcome` must not be ATTEMPT_SENDING. */
struct retry_decision retry_decide(const struct retry_policy *policy,
                                   const struct retry_history *history,
                                   enum attempt_outcome outcome, enum retry_action action,
                                   int64_t wait_ms, uint64_t random);

#endif
