/*
 * flow: what an account lets through now, and what the end of a call changes in that. Pure: the
 * clock, randomness and every count are arguments; the store loads and writes struct flow in the
 * transaction that claims and settles, so it is exact under many workers.
 *
 *   a call may be claimed when    not stopped, no pause, breaker closed (or it is the one probe),
 *                                 a slot below flow_cap is free, and it has a place in time
 *   a place in time               the first moment that both buckets, the spacing and the order of
 *                                 places allow; at most FLOW_AHEAD_MS from now
 *
 * Places are given out evenly; what leaves evenly does not arrive evenly. So the buckets are
 * filled FLOW_PACE_PART slower than allowed, and a call that missed its place by more than
 * flow_place says is given back rather than made: then in every second no more calls arrive than
 * rate and burst allow.
 */
#ifndef QUEUE_FLOW_H
#define QUEUE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/breaker.h"
#include "queue/effective.h"
#include "queue/rate.h"

#define FLOW_AHEAD_MS 200                       /* places are given out at most so long before */
#define FLOW_PACE_PART 100                      /* 1 % slower than the rate */
#define FLOW_JITTER_MS 10                       /* that a call may be late without harm */
#define FLOW_GRACE_MS (INT64_C(30) * 60 * 1000) /* an outage costs no attempts for so long */

struct flow {
    /* what is set */
    int64_t cap;
    struct rate requests, chars; /* as set; flow.c adds the pace */
    int64_t min_interval_us;
    int64_t ramp_per_min; /* slots gained a minute after a start; 0 = all at once */
    struct breaker_limits breaker_limits;
    /* what is */
    int64_t requests_next_us, chars_next_us, last_us, ramp_boot_ms;
    int64_t paused_until_boot_ms;
    int64_t paused_until_ms; /* the same by the wall clock, of a person's pause; 0 = none */
    bool stopped;            /* waits for a person */
    bool by_person;          /* the pause or stop is a person's */
    struct effective effective;
    struct breaker breaker;
};

/* Before then no call may begin, the probe excepted; INT64_MAX = only a later look can tell. */
int64_t flow_closed_until(const struct flow *f);

/* Before then no call may begin, the probe included: for the shared gate. INT64_MAX = until a
 * person has resumed it. */
int64_t flow_shut_until(const struct flow *f);

/* When to look again at an account that is closed; INT64_MAX = not by time. */
int64_t flow_looks_at(const struct flow *f);

/* One call may be claimed as the probe. */
bool flow_may_probe(const struct flow *f, int64_t now_boot_ms);

/* Calls at a time, 1 … cap. */
int64_t flow_cap(const struct flow *f, int64_t now_boot_ms);

/* When flow_cap may be larger than now by itself; INT64_MAX = it will not. */
int64_t flow_cap_grows_at(const struct flow *f, int64_t now_boot_ms);

/* There are calls to be made and none is in flight: a start, if the account ramps up. */
void flow_begins(struct flow *f, int64_t now_boot_ms);

static inline bool flow_is_paced(const struct flow *f) {
    return f->requests.interval_ns > 0 || f->chars.interval_ns > 0 || f->min_interval_us > 0;
}

struct flow_place {
    int64_t start_us;  /* boot clock */
    int64_t latest_us; /* later than that it must be given back; INT64_MAX = no matter */
};

/* The next call's place; `chars` ≥ 0 of its text. Takes nothing. */
struct flow_place flow_place(const struct flow *f, int64_t chars, int64_t now_us);
void flow_take(struct flow *f, const struct flow_place *place, int64_t chars);

/* The call was not made: its characters are free again. Its place stays empty. */
void flow_give_back(struct flow *f, int64_t chars);

struct flow_call { /* a call that is over */
    int64_t job_id, n;
    int64_t begun_boot_ms; /* 0 = not known */
    enum breaker_news news;
    bool counts;                /* see breaker.h */
    bool shrink;                /* refused: too many at a time */
    bool stop;                  /* the account waits for a person */
    int64_t pause_ms;           /* > 0: no call for so long */
    int64_t live_max, live_now; /* what it told; -1 = nothing: see effective_told */
};

struct flow_effect {
    bool changed; /* *f did */
    bool closes;  /* the call's words are why the account is closed now */
    bool outage;  /* the breaker is not closed, or was not: a refusal or failure says nothing about
                   * the job */
    bool was_probe;
};

/* `ours`: the most calls of ours that the provider may count. */
struct flow_effect flow_heard(struct flow *f, const struct flow_call *call, int64_t ours,
                              int64_t now_boot_ms, int64_t now_ms, uint64_t random);

/* A person's words, of which the newest counts. for_ms 0 = until resumed. flow_resume is true when
 * something was to be ended. However an account's own stop ends, one call is tried first: also when
 * a person paused the account before it or since. */
void flow_pause(struct flow *f, int64_t for_ms, int64_t now_boot_ms, int64_t now_ms);
bool flow_resume(struct flow *f, int64_t now_boot_ms);

#endif
