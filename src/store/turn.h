/*
 * turn: a worker's row, and its turns: what is over is settled, and what comes next is claimed, in
 * one transaction.
 */
#ifndef STORE_TURN_H
#define STORE_TURN_H

#include "queue/breaker.h"
#include "queue/request_key.h"
#include "queue/state.h"
#include "store/open.h"

#define STORE_CONTEXT_CHARS 500   /* of the text before and after */
#define STORE_TURN_CLAIMS_MAX 512 /* claims in one turn */
#define STORE_TURN_WANTS_MAX 64   /* accounts in one turn */

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
    /* > 0: given up by us, the provider may work on until then: the slot is held as of a dead
     * worker and is no longer ours */
    int64_t abandoned_over_by_boot_ms;
    int64_t started_ms, ended_ms; /* wall clock; 0 = not started */
    int http_status;              /* 0 = none */
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
    int64_t key;      /* random name of this attempt, for its file */
    int64_t seq;      /* the job's number in its batch */
    int64_t piece_no; /* from 1; 0 = the whole text */
    /* These four are the caller's to free; NULL = none. */
    char *text; /* of a piece, its part of the text, white space at its ends included */
    char *voice;
    char *prev_text, *next_text; /* what is spoken before and after, STORE_CONTEXT_CHARS of it, when
                                  * the profile wants_context */
    size_t text_bytes;
    int64_t chars;                     /* code points of text */
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
    /* in and out */
    int64_t lease_until_boot_ms; /* when every lease of this worker on the account ends; 0 = it has
                                  * none */
    /* in */
    int64_t lease_ms;    /* leases must stay valid at least so long: longest call and margin */
    int32_t busy;        /* calls in flight now; each keeps its slot through this turn */
    const int32_t *idle; /* slots held and not used; they are the turn's until it returns */
    size_t idle_count;
    int32_t staged;       /* jobs claimed and not started */
    int32_t calls_max;    /* most calls this worker makes at a time on the account */
    int32_t ahead_max;    /* jobs it may have claimed beyond its slots */
    bool drain;           /* claim nothing, give idle slots back */
    const char *profiles; /* jobs of these only, each name between two newlines: those that the
                           * worker can call; NULL = of any */
    bool anew;         /* the first time with these profiles: what waits for room in the account's
                        * budget may be of another, which nobody calls, and is found out again */
    size_t claims_max; /* room in claims */
    /* out, into arrays of the caller's */
    int32_t *slots; /* that may be used now: kept idle ones and new ones; room for calls_max */
    size_t slot_count;
    struct store_claim *claims;
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

#endif
