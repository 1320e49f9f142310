/*
 * eta: when batches will be done, from what calls have taken lately. Pure; milliseconds and
 * characters (code points). A forecast, not a promise: it knows nothing of delays to come.
 *
 * What a call takes is a line over the characters of its text, ms = a + b * chars, fitted by least
 * squares over sums that forget: each new answer counts 1, those before it ETA_FORGET as much as
 * until then (exponential forgetting, e.g. L. Ljung, "System Identification", 2nd ed., 11.2). When
 * the texts are all of a size, or the line would fall or begin below zero, it is the mean by
 * characters or by calls. Calls without an answer keep slots busy, too: their time is laid upon the
 * answers.
 *
 * How batches share an account is the fluid limit of queue/fair.h (generalised processor sharing:
 * Parekh and Gallager, IEEE/ACM ToN 1(3), 1993): of the batches of the highest priority each gets
 * characters in proportion to its weight, and when one is done the others take over its part; the
 * lower priorities follow. A batch that waits for its time takes no part before, and from then on
 * it does. How fast all of them are together is the least of what slots, requests and characters
 * in a time allow.
 *
 * Money flows with the characters. A batch that has no budget for all of its jobs stops when that
 * is spent; when the day's budget of the account is, everything waits for the next day.
 */
#ifndef QUEUE_ETA_H
#define QUEUE_ETA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETA_FORGET 0.99          /* about the newest hundred answers count */
#define ETA_UNKNOWN INT64_C(-1)  /* nothing has been answered yet, or nothing moves */
#define ETA_CALLS_MIN 3.0        /* answers from which on a forecast is made */
#define ETA_UPON_MAX 4.0         /* an outage that is over is not forecast to go on */
#define ETA_CHARS_MAX 10000000   /* of one call: beyond this it counts as this much */
#define ETA_CALL_MS_MAX 86400000 /* so does its time */
#define ETA_DAY_MS INT64_C(86400000)
#define ETA_MS_MAX (3650 * ETA_DAY_MS) /* later than that is ETA_UNKNOWN */

struct eta_service {                           /* sums that forget */
    double calls, chars, ms, chars2, chars_ms; /* of answers */
    double busy_ms;                            /* of all calls */
};

/* A call is over that took `ms` ≥ 0 for a text of `chars` ≥ 0. */
void eta_saw(struct eta_service *x, int64_t chars, int64_t ms, bool answered);

/* How long a slot will be busy for a job of so many characters; < 0 = not known. */
double eta_call_ms(const struct eta_service *x, double chars);

struct eta_budget { /* micro-units of the account's currency */
    bool is_set;
    int64_t left_micros; /* not spent; what is set aside for calls in flight is among it */
};

struct eta_account {
    struct eta_service seen;
    int64_t slots;               /* calls at a time, ≥ 1 */
    int64_t request_interval_us; /* between requests, the spacing too; 0 = no limit */
    int64_t chars_interval_ns;   /* between characters; 0 = no limit */
    int64_t closed_ms;           /* so long no call is made; ETA_UNKNOWN = nobody knows how long */
    struct eta_budget today;     /* of each day day_micros, the next of which begins in … */
    int64_t day_micros, day_left_ms; /* … 0 … ETA_DAY_MS */
    /* out */
    int64_t dry_ms; /* from now, until the day's budget is used up; ETA_UNKNOWN = it lasts */
};

struct eta_batch {
    int64_t priority;
    int64_t weight;    /* 1 … 1000 */
    int64_t jobs;      /* ready and in flight */
    double job_chars;  /* the mean of their texts */
    double job_micros; /* … and of their costs; 0 = they cost nothing, or it is not known */
    struct eta_budget budget;
    int64_t wait_ms; /* from now, ≥ 0: none of its jobs is called before */
    /* out */
    int64_t start_ms; /* from now, until its first job may be called; ETA_UNKNOWN */
    int64_t done_ms;  /* from now; ETA_UNKNOWN, 0 without jobs */
    int64_t stop_ms;  /* from now, until its own budget stops it, and done_ms is ETA_UNKNOWN;
                       * ETA_UNKNOWN = that lasts */
};

/* How many of the batch's jobs its budget pays for. */
int64_t eta_paid_jobs(const struct eta_batch *b);

/* Fills in what is out of the account and of every batch of it, in any order. Allocates,
 * O(n log n + days) for each different wait. */
void eta_forecast(struct eta_account *account, struct eta_batch *batches, size_t count);

#endif
