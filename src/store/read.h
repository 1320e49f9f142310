/*
 * read: accounts, batches and jobs as they stand; what they have cost.
 */
#ifndef STORE_READ_H
#define STORE_READ_H

#include "base/buf.h"
#include "queue/begin.h"
#include "queue/breaker.h"
#include "queue/eta.h"
#include "queue/request_key.h"
#include "queue/state.h"
#include "store/open.h"

struct store_money { /* of a budget; micro-units */
    const char *currency;
    bool has_budget;
    int64_t budget, spent, reserved; /* spent: maybe-billed calls too; of an account today (UTC) */
    bool is_waiting;                 /* the next job would exceed it */
    int64_t need;                    /* that job's cost */
};
struct store_account_row {
    int64_t id;
    const char *name;
    int64_t cap, in_flight, held_leases;
    int64_t paused_until_ms; /* wall clock; 0 = not paused */
    bool stopped;
    bool by_person;           /* the pause or stop is */
    const char *pause_reason; /* NULL = none */
    struct store_money money;
    int64_t effective_cap; /* calls at a time that it makes at the moment, ≤ cap */
    int64_t learned_cap;   /* the provider's own word; 0 = none */
    int64_t others;        /* calls that the provider counts and that are not ours */
    enum breaker_state breaker;
    bool is_down;             /* it is not closed because the provider failed, not after a stop */
    int64_t breaker_until_ms; /* wall clock of the next probe; 0 = now, or not open */
    const char *breaker_why;  /* NULL = none */
    int64_t rate_interval_us; /* 0 = no limit */
    int64_t chars_interval_ns, min_interval_us; /* 0 = no limit */
    struct eta_service seen;                    /* what its calls have taken lately */
};
struct store_batch_row {
    int64_t id;
    const char *name, *profile, *account;
    int64_t created_ms, chars, total;
    int64_t count[JOB_STATE_COUNT];
    int64_t uncertain_attempts;
    bool loading;
    int64_t priority, weight;
    struct store_money money;
    int64_t shared; /* jobs done with the answer of an equal request: calls saved */
    int64_t cap;    /* 0 = as many as its account makes */
    int64_t by_ms, start_ms, delivered_ms; /* wall clock; 0 = none */
    int64_t spoken, spoken_chars;          /* jobs done by a call of their own, and their texts */
};
struct store_status_worker {
    int64_t id;
    const char *kind, *state;
    int pid, restarts;
    int64_t in_flight;
    int64_t started_ms;
};
struct store_reader { /* any may be NULL; strings live during the callback only */
    void (*account)(const struct store_account_row *row, void *arg);
    void (*batch)(const struct store_batch_row *row, void *arg);
    void (*worker)(const struct store_status_worker *row, void *arg);
    void *arg;
};
/* All accounts, batches (one when batch_id > 0), workers. O(rows shown), never O(jobs). */
bool store_status(struct store *s, int64_t batch_id, const struct store_reader *reader,
                  struct err *e) MUST_CHECK;

/* In the reason of a job that is held; behind it may stand ": " and how much, which is each job's
 * own. */
#define STORE_MAYBE_BILLED " may have been billed"

struct store_job_row {
    int64_t id, batch_id, seq;
    const char *batch, *name, *ext_id, *text; /* name, ext_id NULL = none */
    size_t text_bytes;
    enum job_state state;
    int64_t chars, attempts, refusals, uncertain, attempt_no;
    int64_t not_before_ms; /* delayed: when, wall clock; else 0 */
    int64_t ended_ms;      /* its newest call's end, wall clock; 0 = none, or not known */
    const char *why;       /* NULL = nothing to say */
    bool hold;             /* a person wants it held: while it is running, after its call */
    bool has_result;       /* never but when done; what a cancelled job keeps is told by its why */
    const char *result_path, *result_format; /* path NULL = in the store */
    int64_t result_offset; /* > 0: its bytes begin there in the segment file at result_path */
    int64_t result_bytes, result_duration_ms, result_id;
    const unsigned char *result_sha256;
    int64_t piece_count; /* > 0: no result of its own, store_pieces_each has them */
    int64_t piece_no;    /* the piece to be spoken next; piece_count + 1 when done */
    int64_t cost_micros; /* of all its calls, maybe-billed ones too */
    const char *voice;   /* its own or its batch's; NULL = the profile's */
    const char *chapter; /* NULL = of none */
    enum begin begins;
    int64_t result_job_id; /* that the call was made for: another's when the answer is shared */
};
/* Jobs of a batch in order; `state_mask` of JOB_BIT()s; rows come in short reads, so a slow
 * callback holds nothing back. Return false in the callback to stop. */
bool store_jobs_each(struct store *s, int64_t batch_id, unsigned state_mask,
                     bool (*each)(const struct store_job_row *row, void *arg), void *arg,
                     struct err *e) MUST_CHECK;
/* The same of all states, from behind the job `after_id` on; 0 = from the first. */
bool store_jobs_after(struct store *s, int64_t batch_id, int64_t after_id,
                      bool (*each)(const struct store_job_row *row, void *arg), void *arg,
                      struct err *e) MUST_CHECK;
/* One job by id; ERR_NOT_FOUND. */
bool store_job(struct store *s, int64_t job_id, void (*each)(const struct store_job_row *, void *),
               void *arg, struct err *e) MUST_CHECK;

/* How many ready jobs of its batch come before this one. */
bool store_position(struct store *s, int64_t job_id, int64_t *before, struct err *e) MUST_CHECK;

struct store_piece_row {
    int64_t n, at, bytes; /* from 1; the part of the job's text */
    bool has_result;
    const char *result_path, *result_format; /* as in store_job_row */
    int64_t result_offset;
    int64_t result_bytes, result_duration_ms, result_id;
    const unsigned char *result_sha256;
};
/* The pieces of a job in order, none for a job without. Return false in the callback to stop; it
 * must not use the store. */
bool store_pieces_each(struct store *s, int64_t job_id,
                       bool (*each)(const struct store_piece_row *row, void *arg), void *arg,
                       struct err *e) MUST_CHECK;

struct store_attempt_row {
    int32_t n;
    enum attempt_outcome outcome;
    int http_status;
    const char *error, *request_id; /* NULL = none */
    const char *excerpt;            /* of what came instead of an answer; NULL = none */
    int64_t claimed_ms, started_ms, ended_ms, bytes;
    int64_t cost_micros; /* reserved while sending, then billed, or maybe billed when uncertain */
    int32_t slot_no;
};
bool store_attempts_each(struct store *s, int64_t job_id,
                         void (*each)(const struct store_attempt_row *row, void *arg), void *arg,
                         struct err *e) MUST_CHECK;

/* The bytes of a result kept as a row, appended to *out (≤ row_bytes_max). */
bool store_result_body(struct store *s, int64_t result_id, struct buf *out,
                       struct err *e) MUST_CHECK;

/* Is this request answered, or will it be by a job that is there? Of a profile's fingerprint, see
 * queue/request_key.h. */
bool store_request_known(struct store *s, const struct request_key *key, bool *known,
                         struct err *e) MUST_CHECK;

enum store_bill_by { STORE_BILL_BATCH, STORE_BILL_ACCOUNT, STORE_BILL_DAY };
struct store_bill_row { /* calls of profiles with a price */
    const char *label;  /* the batch, the account or the day, 2026-11-21 */
    const char *currency;
    int64_t calls, chars;  /* that were or may have been billed */
    int64_t micros, maybe; /* billed; maybe billed on top */
};
/* The ledger since a day (since 1970, UTC), oldest first. */
bool store_bill_each(struct store *s, enum store_bill_by by, int64_t since_day,
                     void (*each)(const struct store_bill_row *row, void *arg), void *arg,
                     struct err *e) MUST_CHECK;

#endif
