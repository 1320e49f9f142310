/*
 * outcome: what an ended call means, by the profile's rules. Pure: the transport's facts are
 * arguments, in our own words (workers/call/transport.c maps libcurl's).
 */
#ifndef PROVIDER_OUTCOME_H
#define PROVIDER_OUTCOME_H

#include "provider/profile.h"
#include "queue/retry.h"

#define OUTCOME_WHY_MAX RETRY_WHY_MAX
#define OUTCOME_ID_MAX 159

/* How the transport ended. X(name, what a person reads) */
#define TRANSPORT_ENDS(X)                                                                          \
    X(TRANSPORT_OK, "complete answer")                                                             \
    X(TRANSPORT_RESOLVE, "host name not found")                                                    \
    X(TRANSPORT_CONNECT, "could not connect")                                                      \
    X(TRANSPORT_TLS, "TLS handshake failed")                                                       \
    X(TRANSPORT_CERTIFICATE, "certificate not trusted")                                            \
    X(TRANSPORT_TIMEOUT, "total timeout")                                                          \
    X(TRANSPORT_FIRST_BYTE, "no answer for too long")                                              \
    X(TRANSPORT_STALL, "no byte for too long")                                                     \
    X(TRANSPORT_CLOSED, "connection closed before the answer")                                     \
    X(TRANSPORT_CUT, "answer cut short")                                                           \
    X(TRANSPORT_TOO_LARGE, "answer larger than the limit")                                         \
    X(TRANSPORT_RESENT, "reused connection closed before the answer")                              \
    X(TRANSPORT_ABORTED, "aborted by us")                                                          \
    X(TRANSPORT_BAD_URL, "URL not usable")                                                         \
    X(TRANSPORT_STORAGE, "answer could not be stored")                                             \
    X(TRANSPORT_OTHER, "transfer failed")

enum transport_end {
#define TRANSPORT_ENUM(name, text) name,
    TRANSPORT_ENDS(TRANSPORT_ENUM)
#undef TRANSPORT_ENUM
};

const char *transport_end_text(enum transport_end end);

struct call_facts {
    enum transport_end end;
    bool sent;                /* the first byte of the request may have left */
    int http_status;          /* 0 = none */
    const char *content_type; /* "" = none */
    const char *detail;       /* transport's own words; of a 3xx the host it points to; "" = none */
    const char *excerpt;      /* start of an error body, bounded, may hold anything; "" = none */
    int64_t body_bytes;
    struct fact_values values; /* what the profile wants of headers and body; without pointers the
                                  excerpt is looked into */
    bool is_decoded;           /* the audio was taken out of the body as the profile says, so the
                                  content type says nothing */
    const char *audio_problem; /* from the audio check of a 2xx body; "" = whole and plausible */
    enum retry_action problem_action; /* what that asks for; RETRY_NONE = to be called again */
};

struct live_facts {    /* -1 = unknown */
    int64_t max;       /* calls at a time that the provider allows */
    int64_t now;       /* … that it counts */
    int64_t remaining; /* requests left */
    int64_t reset_ms;  /* … until then */
};

struct verdict {
    enum attempt_outcome outcome;
    enum retry_action action;
    int64_t wait_ms;       /* clamped Retry-After; 0 = none */
    enum rule_scope scope; /* whom the action concerns */
    struct live_facts live;
    int64_t cost_units; /* billed, as the provider says, rounded up; -1 = unknown */
    char request_id[OUTCOME_ID_MAX + 1]; /* printable; "" = none */
    char why[OUTCOME_WHY_MAX];           /* one line for people; safe to print */
};

/* Never fails: whatever the facts, there is a verdict.
 * `now_wall_ms` serves dates in Retry-After. */
void outcome_judge(const struct profile *p, const struct call_facts *facts, int64_t now_wall_ms,
                   struct verdict *v);

/* True when the status and content type promise audio, so the body is worth an audio check. */
bool outcome_is_audio(const struct profile *p, int http_status, const char *content_type);

#endif
