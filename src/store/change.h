/*
 * change: what people do to jobs, accounts and batches while everything runs.
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "queue/state.h"
#include "store/open.h"

/* What a person does to jobs. */
enum store_change {
    STORE_RETRY,  /* failed, held, cancelled: ready, with fresh counters; cancelled during a call:
                   * running while that goes on, then done with its answer */
    STORE_CANCEL, /* delayed, ready, held, running: cancelled; a call in flight goes on, and its
                   * answer is kept for a retry and for equal requests */
    STORE_HOLD, /* delayed, ready: held; running: held when the call is over, unless that ends it */
    STORE_RELEASE, /* held: ready; what may have been billed before no longer holds it; running: not
                    * to be held any more */
    STORE_START,   /* held, delayed: ready, whatever they were to wait for; running as above */
    STORE_CHANGE_COUNT
};

struct store_selection {
    int64_t batch_id;
    int64_t job_id;      /* 0 = every job of the batch */
    unsigned state_mask; /* JOB_BIT()s; 0 = wherever the change may begin */
    const char *why; /* only jobs whose reason holds this (ASCII letters of any case); NULL = all */
    /* only jobs whose newest call … */
    int64_t status_from, status_to; /* had an HTTP status of this range; 0 = any, or none */
    const char *error, *error_or;   /* holds one of these in its error, as why; NULL = any */
    int64_t since_ms;               /* ended then or later, wall clock; 0 = any time */
};
struct store_changed {
    int64_t jobs, in_flight; /* of them: calls that go on */
    int64_t kept;            /* … retried, and done with the answer of the cancelled call */
    int64_t waiting;  /* … that were never called and wait for their time again: not ready */
    int64_t until_ms; /* the first of these times, wall clock; 0 = none waits */
    int64_t already;  /* when no job was changed: selected jobs that are as was asked for */
};
/* Changes the selected jobs, in parts. Each is retried, released or started once; cancel and hold
 * leave none behind that could be. With `dry_run` only counts them. What is as was asked for
 * already is looked for only without a state_mask, which says what a job must be before. */
bool store_change(struct store *s, const struct store_selection *selection,
                  enum store_change change, bool dry_run, struct store_changed *out,
                  struct err *e) MUST_CHECK;

struct store_lost { /* an answer whose bytes are gone, of a done job or of one of its pieces */
    int64_t job_id, result_id;
};
/* The jobs become ready, as if new, and are called again; nobody shares those answers any more. In
 * parts; an entry that is no more true changes nothing. *jobs is how many were moved. */
bool store_ask_again(struct store *s, const struct store_lost *list, size_t count, int64_t *jobs,
                     struct err *e) MUST_CHECK;

/* ---- an account ------------------------------------------------------------------------------ */

/* What a person says of an account; durable, for running workers too. ERR_NOT_FOUND for an unknown
 * one. *before is the old value. Cap and rate stay until the configured value itself changes; rate
 * 0 = no limit, and asked: it in the person's words, for the log. */
bool store_cap(struct store *s, const char *account, int64_t cap, int64_t *before,
               struct err *e) MUST_CHECK;
bool store_rate(struct store *s, const char *account, int64_t interval_us, const char *asked,
                int64_t *before_us, struct err *e) MUST_CHECK;
/* No new call for so long; 0 = until store_resume. */
bool store_pause(struct store *s, const char *account, int64_t for_ms, const char *reason,
                 struct err *e) MUST_CHECK;
/* Ends a pause or stop, and a breaker's wait. *was is true when there was one; *probes: after a
 * stop or a failure one call finds out first whether the account may go on. */
bool store_resume(struct store *s, const char *account, bool *was, bool *probes,
                  struct err *e) MUST_CHECK;

/* ---- a batch --------------------------------------------------------------------------------- */

/* How a batch shares its account; durable, for running workers too. */
struct store_plan {
    int64_t priority;
    int64_t weight;
    int64_t cap;     /* most of its jobs running at a time; 0 = as many as its account makes */
    int64_t by_ms;   /* when it should be done, wall clock; 0 = any time */
    int64_t running; /* jobs now; never set */
};
enum { STORE_PLAN_PRIORITY = 1, STORE_PLAN_WEIGHT = 2, STORE_PLAN_CAP = 4, STORE_PLAN_BY = 8 };
/* Sets what `what` names (0 = nothing); *before is the plan as it was. ERR_NOT_FOUND. */
bool store_batch_plan(struct store *s, int64_t batch_id, unsigned what,
                      const struct store_plan *plan, struct store_plan *before,
                      struct err *e) MUST_CHECK;
/* A batch's budget from now on, 0 = none; *before is the old one. */
bool store_batch_budget(struct store *s, int64_t batch_id, int64_t micros, int64_t *before,
                        struct err *e) MUST_CHECK;

/* The answers of all `done` jobs were handed over: from now on the batch may be pruned. Changes
 * nothing unless these are all of its jobs. */
bool store_batch_delivered(struct store *s, int64_t batch_id, int64_t done,
                           struct err *e) MUST_CHECK;

#endif
