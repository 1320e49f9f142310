/*
 * breaker: while a provider is down, one call at a time asks whether it is back. Pure: clock and
 * randomness are arguments.
 *
 *             failures in a row                 its time is over: one call
 *   closed ─────────────────────▶ open ─────────────────────────────────────▶ probing
 *     ▲                            ▲ └──────────── the probe was never sent ─────┘ │
 *     │                            └──────────── the probe failed: longer ─────────┤
 *     └───────────────────────────────── the probe was answered ───────────────────┘
 *
 * The end of a call that began before it opened says nothing any more.
 */
#ifndef QUEUE_BREAKER_H
#define QUEUE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_AGAIN_MS 100 /* from a probe that taught nothing to the next */

/* The life of an account's breaker. X(name, SQL text) */
#define BREAKER_STATES(X)                                                                          \
    X(BREAKER_CLOSED, "closed")   /* calls as usual */                                             \
    X(BREAKER_OPEN, "open")       /* no call until its time is over */                             \
    X(BREAKER_PROBING, "probing") /* one call is in flight */

enum breaker_state {
#define BREAKER_ENUM(name, text) name,
    BREAKER_STATES(BREAKER_ENUM)
#undef BREAKER_ENUM
        BREAKER_STATE_COUNT
};

const char *breaker_state_text(enum breaker_state state);
bool breaker_state_parse(const char *text, enum breaker_state *out);

/* What the end of a call says about its provider. */
enum breaker_news {
    BREAKER_NEWS_NONE,  /* nothing: it was never sent, or nobody knows */
    BREAKER_NEWS_ALIVE, /* it answered, whatever */
    BREAKER_NEWS_DOWN,  /* not reached, no answer, or 5xx */
};

struct breaker_limits {
    int64_t failures; /* in a row that open it; 0 = it never opens */
    int64_t base_ms;  /* open for so long at first, ≥ 1 */
    int64_t max_ms;   /* and at most, ≥ base */
};

struct breaker {
    enum breaker_state state;
    int64_t failures;       /* in a row, each of another job (or plainly not the job's fault) */
    int64_t first_ms;       /* wall clock of the first of them */
    int64_t opened_boot_ms; /* when it last ceased to be closed */
    int64_t until_boot_ms;  /* open: then a probe */
    int64_t wait_ms;        /* how long it is or was open, before the jitter */
    int64_t probe_job_id;   /* probing: which attempt */
    int64_t probe_n;
};

struct breaker_call { /* a call that is over */
    int64_t job_id, n;
    enum breaker_news news;
    bool counts; /* DOWN: not the same job's fault again */
};

bool breaker_may_probe(const struct breaker *b, int64_t now_boot_ms);
/* This attempt is the probe. breaker_may_probe must hold. */
void breaker_probe(struct breaker *b, int64_t job_id, int64_t n);

static inline bool breaker_is_probe(const struct breaker *b, int64_t job_id, int64_t n) {
    return b->state == BREAKER_PROBING && b->probe_job_id == job_id && b->probe_n == n;
}

/* True when something changed. Each time that it opens is jittered by `random`: a half of its wait
 * to the whole. */
bool breaker_heard(struct breaker *b, const struct breaker_limits *limits,
                   const struct breaker_call *call, int64_t now_boot_ms, int64_t now_ms,
                   uint64_t random);

/* One call is to find out, now: after a stop that a person has ended. */
void breaker_doubt(struct breaker *b, int64_t now_boot_ms);

/* Has the provider failed? A breaker that is only in doubt has never waited. */
static inline bool breaker_is_down(const struct breaker *b) {
    return b->state != BREAKER_CLOSED && b->wait_ms > 0;
}

void breaker_close(struct breaker *b);

#endif
