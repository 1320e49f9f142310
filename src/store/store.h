/*
 * store: the durable queue, in the glossary's words. The contract; src/store/sqlite keeps it.
 *
 * One handle belongs to one thread. Every changing function is one transaction, durable when it
 * returns true (power loss included), and takes the write turn, so it may block while other
 * processes write: milliseconds in a healthy fleet, up to STORE_BUSY_MS before ERR_DB_LOCKED. No
 * function needs or leaves an open transaction. Times named *_boot_ms are CLOCK_BOOTTIME of the
 * store's boot; *_ms are wall clock, for people. Errors: ERR_DB_LOCKED (nothing changed), ERR_SPACE
 * (nothing changed), ERR_CORRUPT, and ERR_IO, after which the outcome of the transaction is
 * unknown: close the handle, open a new one and say it again; settling twice changes nothing the
 * second time.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "queue/begin.h"
#include "queue/breaker.h"
#include "queue/eta.h"
#include "queue/price.h"
#include "queue/request_key.h"
#include "queue/state.h"

#define STORE_BUSY_MS 30000
#define STORE_NAME_MAX 128 /* bytes of a batch's, account's or profile's name */
#define STORE_SHA256_BYTES 32
#define STORE_CONTEXT_CHARS 500     /* of the text before and after */
#define STORE_PIECES_MAX 100000     /* of one job */
#define STORE_APPEND_JOBS_MAX 20000 /* that are added to a batch in one transaction */
#define STORE_TURN_CLAIMS_MAX 512   /* claims in one turn */
#define STORE_TURN_WANTS_MAX 64     /* accounts in one turn */

struct store;

/* ---- opening ------------------------------------------------------------------------------- */

enum store_mode {
    STORE_READ, /* must exist; never writes (a WAL reader still needs write access to the folder) */
    STORE_WRITE,  /* must exist */
    STORE_CREATE, /* created and migrated when needed */
};

/* Opens the database at `path` (absolute), migrates in STORE_CREATE and STORE_WRITE. Refused with a
 * clear line: not there (ERR_NO_SERVICE), newer (ERR_DB_NEWER), not a database (ERR_CORRUPT), on a
 * network filesystem (ERR_CONFIG), no access (ERR_NO_SERVICE). When the kernel has booted since the
 * last use, deadlines are moved to the new boot's clock (running delays keep what was left of
 * them).
 */
bool store_open(struct store **out, const char *path, enum store_mode mode,
                struct err *e) MUST_CHECK;
void store_close(struct store *s); /* NULL is fine */

/* How long a changing call on this handle waits for SQLite's lock before ERR_DB_LOCKED, instead of
 * STORE_BUSY_MS: for a process that must not be silent for so long. Before that it may have waited
 * some seconds for its turn. */
void store_set_patience(struct store *s, int busy_ms);

/* Changes whenever any other connection has committed. Microseconds, no lock. -1 on error. */
int64_t store_data_version(struct store *s);

struct store_verdict {
    const char *library; /* "SQLite 3.40.1" */
    bool wal_reset_race; /* this library can lose a commit to a foreign checkpoint */
    const char *advice;  /* one line */
};
struct store_verdict store_version_verdict(void);

/* ---- configuration mirrored into the store (so that SQL producers and the keeper see it) ----- */

struct store_account_config {
    const char *name;
    int64_t cap;
    int64_t rate_interval_us, rate_burst; /* 0 = no limit; see queue/rate.h */
    int64_t chars_interval_ns, chars_burst;
    int64_t min_interval_ms;
    int64_t ramp_per_min;
    struct breaker_limits breaker; /* failures 0 = never opens; else base_ms ≥ 1, max_ms ≥ base */
    bool hold_uncertain;
    int64_t linger_ms;
    const char *currency; /* NULL = "USD" */
    bool has_budget;
    int64_t budget_day_micros; /* most that is spent on a day (UTC), maybe-billed calls too */
};
struct store_profile_config {
    const char *name, *account;
    int retry_max, uncertain_max;
    int64_t backoff_base_ms, backoff_cap_ms, timeout_total_ms;
    bool wants_context; /* claims bring the texts before and after */
    const char *voice;  /* of jobs that name none; NULL = the requests have none */
    /* REQUEST_FINGERPRINT_BYTES of everything in its requests but job and secrets; jobs of profiles
     * that have the same one share answers. NULL = they share nothing. */
    const unsigned char *fingerprint;
    struct price price; /* micros 0 = none: its calls are not billed and no budget counts them */
    bool bills_failed;  /* a failed call costs what was estimated */
};
/* Writes accounts and profiles. A cap or rate changed by a person stays until the configured value
 * itself changes; batches go with their profile when it moves to another account. Changes nothing
 * (and takes no turn) when all is equal already. */
bool store_configure(struct store *s, const struct store_account_config *accounts,
                     size_t account_count, const struct store_profile_config *profiles,
                     size_t profile_count, const char *default_profile, struct err *e) MUST_CHECK;

bool store_account_id(struct store *s, const char *name, int64_t *id, struct err *e) MUST_CHECK;

/* ---- producing --------------------------------------------------------------------------------*/

struct store_batch_spec {
    const char *name;          /* ≤ STORE_NAME_MAX; unique */
    const char *profile;       /* must have been configured (ERR_CONFIG) */
    const char *voice;         /* NULL = the profile's */
    const char *source_sha256; /* hex of the input, NULL = unknown: finds the same file again */
    const char *uncertain;     /* "retry", "hold" or NULL = the account's */
    int64_t priority;
    int64_t weight;        /* 1 … 1000 */
    int64_t budget_micros; /* most that its calls may cost; 0 = no budget */
    int64_t cap;         /* most of its jobs running at a time; 0 = as many as its account makes */
    int64_t by_ms;       /* when it should be done, wall clock; 0 = any time. Orders nothing */
    int64_t start_ms;    /* wall clock that its jobs with waits_for_start wait for; 0 = none does */
    bool fresh;          /* takes no answer of equal requests, calls for each job */
    int64_t producer_id; /* worker id under which the caller holds a presence file */
    const char *on_done; /* what its end sets off (store/ending.h): a command line, … */
    const char *notify;  /* … a URL; NULL = the configuration's, "" = nothing */
};
struct store_job_spec {
    const char *text; /* UTF-8, NUL-terminated, at least one character */
    size_t text_bytes;
    int64_t chars;                     /* code points */
    const char *name, *ext_id, *voice; /* NULL = none */
    const char *chapter;               /* its title; NULL = of no chapter */
    enum begin begins;
    int64_t priority;
    int64_t delay_ms; /* 0 = ready at once */
    int64_t
        start_ms; /* > 0: the batch's, which it waits for by the wall clock, whatever the delay */
    /* A text for more than one call: where each piece ends, in bytes; the last is text_bytes. 0 =
     * the whole text at once. At least 2 otherwise. */
    const size_t *piece_ends;
    size_t piece_count;
};
/* A batch is loaded in as many transactions as its size asks for and becomes visible to workers
 * with the last one only (all or nothing): begin, add…, commit. A batch whose producer died before
 * commit is removed by the keeper; if it lives after all, add and commit on the handle that began
 * the batch are ERR_FAILED, also when the id has been given again. ERR_INPUT when the name is
 * taken.
 */
bool store_batch_begin(struct store *s, const struct store_batch_spec *spec, int64_t *batch_id,
                       struct err *e) MUST_CHECK;
bool store_batch_add(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                     size_t count, struct err *e) MUST_CHECK;
bool store_batch_commit(struct store *s, int64_t batch_id, struct err *e) MUST_CHECK;
/* Instead of commit: the jobs become more of the batch to_id, in its order behind what is there, at
 * once (≤ STORE_APPEND_JOBS_MAX, else ERR_INPUT); the loaded batch is gone. While to_id waits for
 * its start they wait, too, whatever their delay. ERR_NOT_FOUND when to_id is gone; ERR_INPUT when
 * it has that source already, unless `again`. */
bool store_batch_append(struct store *s, int64_t batch_id, int64_t to_id, const char *source_sha256,
                        bool again, struct err *e) MUST_CHECK;
bool store_batch_has_source(struct store *s, int64_t batch_id, const char *source_sha256, bool *has,
                            struct err *e) MUST_CHECK;
bool store_batch_abort(struct store *s, int64_t batch_id, struct err *e) MUST_CHECK;

/* The batch with this name or this source, by id; ERR_NOT_FOUND. `name_out` may be NULL. */
bool store_batch_by_name(struct store *s, const char *name, int64_t *batch_id,
                         struct err *e) MUST_CHECK;
bool store_batch_by_source(struct store *s, const char *source_sha256, int64_t *batch_id,
                           char name_out[STORE_NAME_MAX + 1], struct err *e) MUST_CHECK;
/* Names of existing batches nearest to `name`, at most `max`, for "did you mean". */
bool store_batch_names(struct store *s, void (*each)(const char *name, void *arg), void *arg,
                       struct err *e) MUST_CHECK;

/* ---- working: settle and claim in one transaction -------------------------------------------- */

struct store_worker_row {
    int64_t id;
    const char *kind; /* "call", "keeper", "producer" */
    int pid;
    int restarts;
};
bool store_worker_add(struct store *s, const struct store_worker_row *row,
                      struct err *e) MUST_CHECK;
/* State "running" or "draining" (a draining one no longer counts for the shares). */
bool store_worker_state(struct store *s, int64_t id, const char *state, struct err *e) MUST_CHECK;
/* The worker ends by itself: nothing of it may be open (asserted). Removes its row and leases. */
bool store_worker_remove(struct store *s, int64_t id, struct err *e) MUST_CHECK;

/* An answer as it becomes durable: bytes in the row, a published file, or a place in a segment file
 * (base/segment.h) that has been synced. */
struct store_result {
    const char *format; /* "wav", … */
    int64_t bytes;
    int64_t duration_ms; /* -1 unknown */
    unsigned char sha256[STORE_SHA256_BYTES];
    const void *body; /* NULL when in a file; must live until the call returns */
    const char *path; /* relative to the results folder; NULL when a row */
    int64_t offset;   /* of its bytes in the segment file at path; 0 = the file is this answer */
};

struct store_live { /* what an answer says of its account; -1 = nothing */
    int64_t max;    /* calls at a time that the provider allows */
    int64_t now;    /* … that it counts */
};

struct store_settle {
    int64_t job_id;
    int64_t key; /* the claim's: after a prune another job may have the number; 0 = any */
    int32_t attempt_no;
    enum attempt_outcome outcome; /* never ATTEMPT_SENDING */
    enum job_state state;         /* what the job becomes: see retry_decide */
    int64_t delay_ms;             /* for JOB_DELAYED */
    const char *why;              /* one line, NULL = none */
    const char *excerpt; /* what the provider said instead, without secrets; NULL = nothing */
    int32_t slot_no;     /* -1 = never had one */
    int64_t
        abandoned_over_by_boot_ms; /* > 0: given up by us, the provider may work on until then: the
                                    * slot is held as of a dead worker and is no longer ours */
    int64_t started_ms, ended_ms;  /* wall clock; 0 = not started */
    int http_status;               /* 0 = none */
    int64_t bytes;
    const char *request_id;            /* NULL = none */
    bool cost_told;                    /* the vendor says what was billed: */
    int64_t cost_units;                /* units of the profile's price */
    int64_t pause_ms;                  /* > 0: no new call on the account for so long */
    bool stop;                         /* the account waits for a person */
    bool shrink;                       /* refused because there were too many at a time */
    enum breaker_news news;            /* see queue/breaker.h */
    int64_t begun_boot_ms;             /* when the call began; 0 = not known */
    const struct store_live *live;     /* NULL = nothing */
    const struct store_result *result; /* exactly with ATTEMPT_ANSWERED */
    bool unshared; /* it was asked for in other words than the claim's fingerprint stands for */
    /* The claimed text is too long for one call: it is spoken in pieces from now on. Where each
     * ends, in bytes of the claimed text; the last is its end. With JOB_READY and without a result
     * only; 0 = no split, else at least 2. */
    const size_t *split_ends;
    size_t split_count;
};

struct store_claim {
    int64_t job_id, batch_id;
    int32_t attempt_no;
    int64_t key;        /* random name of this attempt, for its file */
    int64_t seq;        /* the job's number in its batch */
    int64_t piece_no;   /* from 1; 0 = the whole text */
    char *text, *voice; /* the caller frees them; voice NULL = none; of a piece, its part of the
                         * text, white space at its ends included */
    size_t text_bytes;
    char *prev_text,
        *next_text; /* what is spoken before and after, STORE_CONTEXT_CHARS of it, when
                     * the profile wants_context; NULL = nothing. The caller frees them */
    int64_t chars;  /* code points of text */
    int attempts, refusals, uncertain; /* history before this attempt */
    bool hold_uncertain;
    bool probe; /* the one call that may be made though the account's gate is closed */
    int64_t start_boot_ms, latest_boot_ms; /* its place in time: not before, and not after (then it
                                            * is to be given back) */
    char profile[STORE_NAME_MAX + 1];
    bool shares; /* its answer is for equal requests, too: of a profile with this fingerprint */
    unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES];
};

/* What a worker has and wants on one account. */
struct store_want {
    int64_t account_id;
    /* in */
    int64_t lease_ms; /* leases must stay valid at least so long: longest call and margin */
    int64_t lease_until_boot_ms; /* in and out: when every lease of this worker on the account ends;
                                  * 0 = it has none */
    int32_t busy;                /* calls in flight now; each keeps its slot through this turn */
    const int32_t *idle;         /* slots held and not used; they are the turn's until it returns */
    size_t idle_count;
    int32_t staged;             /* jobs claimed and not started */
    int32_t calls_max;          /* most calls this worker makes at a time on the account */
    int32_t ahead_max;          /* jobs it may have claimed beyond its slots */
    bool drain;                 /* claim nothing, give idle slots back */
    int32_t *slots;             /* out array, room for calls_max */
    struct store_claim *claims; /* out array */
    size_t claims_max;          /* room in claims */
    /* out */
    size_t slot_count; /* slots that may be used now: kept idle ones and new ones */
    size_t claim_count;
    int64_t cap;   /* a slot ≥ cap must not be used for another call */
    int64_t share; /* slots this worker may hold; above it, give back instead of reuse (0 while
                    * more calls run than a lowered cap allows) */
    int64_t gate_boot_ms; /* no call may start before; INT64_MAX = until a later turn says so */
    int64_t shut_boot_ms; /* nobody's call may, a probe neither; INT64_MAX = the same */
    bool lost;            /* the leases ran out before this turn (the process was frozen), or the
                           * worker's row is gone (it was reaped): make no call on them any more,
                           * settle and end */
};

struct store_turn {
    int64_t worker_id;
    const struct store_settle *settles;
    size_t settle_count;
    struct store_want *wants;
    size_t want_count;
    int64_t next_boot_ms; /* out: when a gate opens for this worker; INT64_MAX = not by time */
};

/* A job in pieces goes round once a piece: an answer settled with JOB_DONE is the piece's, and the
 * job becomes JOB_READY again with fresh counters until the last one.
 *
 * One transaction: settles, gives back what is not needed, renews leases, claims. A job whose
 * request equals one that is answered already becomes done with that answer instead of being
 * claimed; one whose equal is in flight waits for it (sqlite/share.h). Slots of settled
 * calls are not given back by the settle: the worker passes them as idle, or keeps using them. */
bool store_turn(struct store *s, struct store_turn *turn, struct err *e) MUST_CHECK;

/* ---- keeping ----------------------------------------------------------------------------------*/

struct store_open_attempt {
    int64_t job_id, account_id, key;
    int32_t attempt_no;
};
/* Attempts of this worker that are not settled; the caller frees *list. */
bool store_open_attempts(struct store *s, int64_t worker_id, struct store_open_attempt **list,
                         size_t *count, struct err *e) MUST_CHECK;

struct store_sent_mark { /* what presence says of a dead worker's attempt */
    int64_t job_id, account_id;
    int32_t attempt_no, slot_no;
    bool over; /* the call was over, its outcome died with the worker */
    int64_t over_by_boot_ms;
};
struct store_reap_report {
    int64_t freed, uncertain, slots_freed, slots_held;
};
/* A worker that is dead: its unsent attempts are free, its sent ones uncertain (job goes on by
 * policy), slots of calls that may still run are held until min(over_by, now + the account's
 * linger). `known` false (no presence file: reboot): every attempt counts as sent, every slot is
 * held. Removes loading batches of a producer. Idempotent. */
bool store_reap(struct store *s, int64_t worker_id, bool known, const struct store_sent_mark *marks,
                size_t mark_count, struct store_reap_report *report, struct err *e) MUST_CHECK;

/* A living worker whose leases on an account have run out: it has been frozen for longer than any
 * of its calls there may take. Read only; *found. */
bool store_frozen(struct store *s, int64_t *worker_id, int64_t *account_id, bool *found,
                  struct err *e) MUST_CHECK;
/* Its attempts on the account are given up as a dead one's (see store_reap; its marks as of after
 * the end of its leases), and its slots there are free; when it wakes it finds its leases gone.
 * Nothing when it was seen to already. */
bool store_reap_frozen(struct store *s, int64_t worker_id, int64_t account_id, bool known,
                       const struct store_sent_mark *marks, size_t mark_count,
                       struct store_reap_report *report, struct err *e) MUST_CHECK;

/* The callback must not use the store. */
bool store_workers_each(struct store *s,
                        void (*each)(int64_t id, const char *kind, const char *state, void *arg),
                        void *arg, struct err *e) MUST_CHECK;

/* Promotes delayed jobs that are due, moves jobs whose equal request has ended, frees expired
 * held leases. *next_boot_ms: when there will be something to do, here or for store_reap_frozen;
 * INT64_MAX = nothing known. Takes the turn only when something is due. */
bool store_tidy(struct store *s, int64_t *next_boot_ms, struct err *e) MUST_CHECK;

/* Copies the write-ahead log into the database, holding the write turn, under the rules that make
 * SQLite's WAL-reset race impossible (sqlite/checkpoint.c). `truncate` also shrinks the file. */
bool store_checkpoint(struct store *s, bool truncate, struct err *e) MUST_CHECK;
/* Is the log so long that it should be copied? By what is in it: the file keeps its size when the
 * log begins anew. A look at shared memory; blocks on nothing. Still true after a checkpoint = a
 * reader needs the log. */
bool store_checkpoint_is_due(const struct store *s);
/* The size of the log's file. */
int64_t store_wal_bytes(const struct store *s);

/* ---- reading ----------------------------------------------------------------------------------*/

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
/* The same from behind the job `after_id` on; 0 = from the first. */
bool store_jobs_after(struct store *s, int64_t batch_id, int64_t after_id, unsigned state_mask,
                      bool (*each)(const struct store_job_row *row, void *arg), void *arg,
                      struct err *e) MUST_CHECK;
/* One job by id; ERR_NOT_FOUND. */
bool store_job(struct store *s, int64_t job_id, void (*each)(const struct store_job_row *, void *),
               void *arg, struct err *e) MUST_CHECK;

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

/* ---- what happened, for people: rare things, the newest EVENT_ROWS_MAX ----------------------- */

/* Where each is written: sqlite/event.h and the triggers of schema/0009_event.sql. */
#define STORE_EVENTS(X)                                                                            \
    X(ENQUEUED, "enqueued") /* a batch can be seen by workers */                                   \
    X(ENDED, "ended")       /* nothing of it can move by itself any more */                        \
    X(FAILED, "failed")     /* a job */                                                            \
    X(HELD, "held")         /* a job waits for a person */                                         \
    X(PAUSED, "paused")     /* an account, for a time */                                           \
    X(STOPPED, "stopped")   /* an account, until a person says so */                               \
    X(RESUMED, "resumed")                                                                          \
    X(SHRUNK, "shrunk") /* an account lets through fewer calls at a time */                        \
    X(GROWN, "grown")                                                                              \
    X(DOWN, "down") /* a provider */                                                               \
    X(UP, "up")                                                                                    \
    X(STARTED, "started")       /* a worker: again, or the first of a service */                   \
    X(LEFT, "left")             /* the last of a service */                                        \
    X(DIED, "died")             /* a worker */                                                     \
    X(CONFIGURED, "configured") /* accounts or profiles have changed */                            \
    X(COMMAND, "command")       /* a person's */
enum store_event_kind {
#define STORE_EVENT_ENUM(name, text) STORE_EVENT_##name,
    STORE_EVENTS(STORE_EVENT_ENUM)
#undef STORE_EVENT_ENUM
};

/* Whose commands come over this handle from now on, copied; NULL = the program's own. */
void store_set_actor(struct store *s, const char *who);

struct store_event_row {
    int64_t id;              /* larger than that of each event before */
    int64_t at_ms, first_ms; /* the last and the first of `times` times, wall clock */
    int64_t times;
    const char *kind, *what;           /* what: one line, of providers' words too */
    const char *batch, *account, *who; /* NULL = none */
    int64_t job_id;                    /* the newest of them; 0 = none */
};
/* Events with an id above `after`, none older than since_ms (wall clock, 0 = all), of one batch or
 * of all (NULL), in order. What repeats moves to the end under a new id. The callback must not use
 * the store. */
bool store_events_each(struct store *s, const char *batch, int64_t since_ms, int64_t after,
                       void (*each)(const struct store_event_row *row, void *arg), void *arg,
                       struct err *e) MUST_CHECK;
/* *after for store_events_each, so that it gives the newest `most`. */
bool store_events_newest(struct store *s, const char *batch, int64_t since_ms, int64_t most,
                         int64_t *after, struct err *e) MUST_CHECK;

/* ---- auditing: all on record, for `ttsq audit`; long reads, no callback may use the store ------
 */

struct store_audit_attempt {
    int64_t account_id;
    int32_t n;
    enum attempt_outcome outcome;
    int64_t claimed_ms, started_ms, ended_ms; /* wall clock; 0 = not known */
    int64_t batch_ms;                         /* when its batch was made */
    bool adopted;                             /* its answer was found after its worker had died */
    bool needless; /* it was answered when another call had brought the job's answer already */
};
bool store_audit_attempts(struct store *s,
                          void (*each)(const struct store_audit_attempt *row, void *arg), void *arg,
                          struct err *e) MUST_CHECK;

struct store_audit_result { /* an answer outside of the database */
    int64_t id;
    const char *path; /* below the results folder; during the call */
    int64_t offset;   /* 0 = the file is this answer */
    int64_t bytes;
};
/* Ordered by path, then offset. */
bool store_audit_results(struct store *s,
                         void (*each)(const struct store_audit_result *row, void *arg), void *arg,
                         struct err *e) MUST_CHECK;
/* Jobs that were done without a call of their own. */
bool store_audit_shared(struct store *s, void (*each)(int64_t account_id, int64_t jobs, void *arg),
                        void *arg, struct err *e) MUST_CHECK;

/* One consistent, checked copy of the database at `path` (absolute, not there yet), as one file;
 * everybody goes on meanwhile. Answers outside of the database are not in it. Blocks for as long as
 * reading the database takes. */
bool store_backup(struct store *s, const char *path, struct err *e) MUST_CHECK;
/* Is the file such a copy, and whole? Leaves nothing beside it. */
bool store_backup_check(const char *path, struct err *e) MUST_CHECK;

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

/* Is this request answered, or will it be by a job that is there? Of a profile's fingerprint, see
 * queue/request_key.h. */
bool store_request_known(struct store *s, const struct request_key *key, bool *known,
                         struct err *e) MUST_CHECK;

/* ---- acting -----------------------------------------------------------------------------------*/

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
};
/* Changes the selected jobs, in parts. Each is retried, released or started once; cancel and hold
 * leave none behind that could be. With `dry_run` only counts them. */
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

/* How many ready jobs of its batch come before this one. */
bool store_position(struct store *s, int64_t job_id, int64_t *before, struct err *e) MUST_CHECK;

/* What a person says of an account; durable, for running workers too. ERR_NOT_FOUND for an unknown
 * one. *before is the old value. Cap and rate stay until the configured value itself changes; rate
 * 0 = no limit. */
bool store_cap(struct store *s, const char *account, int64_t cap, int64_t *before,
               struct err *e) MUST_CHECK;
/* The answers of all `done` jobs were handed over: from now on the batch may be pruned. Changes
 * nothing unless these are all of its jobs. */
bool store_batch_delivered(struct store *s, int64_t batch_id, int64_t done,
                           struct err *e) MUST_CHECK;
/* How many answers a batch has, and their bytes. Reads all of its jobs. */
bool store_prune_size(struct store *s, int64_t batch_id, int64_t *answers, int64_t *bytes,
                      struct err *e) MUST_CHECK;
/* A batch is gone for people, for good: its name is free, what it cost stays on record. ERR_FAILED,
 * and nothing changed, when it has jobs or calls that go on, when a job of another batch waits for
 * an answer of it, or when it was not delivered (unless `undelivered`). */
bool store_prune_begin(struct store *s, int64_t batch_id, bool undelivered,
                       struct err *e) MUST_CHECK;
struct store_pruned_answer { /* outside of the database; during the call */
    const char *path;        /* below the results folder */
    int64_t offset;          /* 0 = the file is this answer */
    int64_t bytes;
};
/* How far the removal has come; zero-initialise. It may be dropped at any time: the next begins
 * anew and does what is left. */
struct store_prune {
    enum { STORE_PRUNE_FIND, STORE_PRUNE_SHARED, STORE_PRUNE_REQUESTS, STORE_PRUNE_JOBS } step;
    int64_t batch_id, sharer, from;
};
/* Removes one part of the rows of batches that were pruned, also of what another process has left
 * half done; some may do so at once. *more is false when nothing was left. Each part is short; one
 * that failed leaves *at where it was. */
bool store_prune_part(struct store *s, struct store_prune *at, bool *more,
                      void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                      struct err *e) MUST_CHECK;
/* The first batch behind *batch_id that was fetched whole at before_ms (wall clock) or earlier and
 * has ended, 0 = none; `name` has room for STORE_NAME_MAX + 1 bytes. Reads all batches. */
bool store_prune_due(struct store *s, int64_t before_ms, int64_t *batch_id, char *name,
                     struct err *e) MUST_CHECK;
/* All parts. `gone` is told of every answer whose row is durably gone; its bytes are the caller's
 * to remove. Answers that a job of another batch shares stay, and belong to that job. */
bool store_prune_go_on(struct store *s,
                       void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                       struct err *e) MUST_CHECK;
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
bool store_rate(struct store *s, const char *account, int64_t interval_us, int64_t *before_us,
                struct err *e) MUST_CHECK;
/* No new call for so long; 0 = until store_resume. */
bool store_pause(struct store *s, const char *account, int64_t for_ms, const char *reason,
                 struct err *e) MUST_CHECK;
/* Ends a pause or stop, and a breaker's wait. *was is true when there was one; *probes: after a
 * stop or a failure one call finds out first whether the account may go on. */
bool store_resume(struct store *s, const char *account, bool *was, bool *probes,
                  struct err *e) MUST_CHECK;

/* For tests and `ttsq check`: every kept count equals the counted one, every lease's slot is below
 * CONFIG limits, integrity_check is ok. On a violation ERR_CORRUPT names the first. */
bool store_verify(struct store *s, bool deep, struct err *e) MUST_CHECK;

#endif
