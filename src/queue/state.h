/*
 * state: the life of a job and of an attempt, each as one table.
 *
 *            ┌────────────── due ──────────────┐
 *            ▼                                 │
 *   ready ──claim──▶ running ──retry later──▶ delayed
 *     ▲  ▲             │ │ │ └─────hold──────▶ held ──release──▶ ready
 *     │  └──retry now──┘ │ └──▶ failed ──retry──▶ ready
 *     │                  └────▶ done
 *     └── (any state that is not yet an end) ──cancel──▶ cancelled ──retry──▶ ready
 *
 *   (ready, delayed) ──hold──▶ held
 *
 *   (held, cancelled before its time) ──release, retry──▶ delayed
 *
 *   cancelled ──retry, while the call that was not stopped goes on──▶ running
 *   cancelled ──retry, when that call has brought an answer──▶ done
 *
 *   done ──its answer is lost or damaged, and asked for again──▶ ready
 *
 *   (any but done, cancelled) ──an answer of a call that had been given up──▶ done
 *
 *   running ──the same request is answered already──▶ done
 *   running ──the same request is in flight──▶ delayed ──it is answered──▶ done
 *
 * The SQL text of a state is what the schema's CHECK lists; tests/unit/test_queue_state.c compares
 * the two.
 * Pure: no I/O, no clock.
 */
#ifndef QUEUE_STATE_H
#define QUEUE_STATE_H

#include <stdbool.h>

/* X(name, SQL text, bit set of allowed successors) */
#define JOB_STATES(X)                                                                              \
    X(JOB_DELAYED, "delayed",                                                                      \
      JOB_BIT(JOB_READY) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED) | JOB_BIT(JOB_DONE))         \
    X(JOB_READY, "ready",                                                                          \
      JOB_BIT(JOB_RUNNING) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED) | JOB_BIT(JOB_DONE))       \
    X(JOB_RUNNING, "running",                                                                      \
      JOB_BIT(JOB_READY) | JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_DONE) | JOB_BIT(JOB_FAILED) |        \
          JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED))                                              \
    X(JOB_DONE, "done", JOB_BIT(JOB_READY))                                                        \
    X(JOB_FAILED, "failed", JOB_BIT(JOB_READY) | JOB_BIT(JOB_DONE))                                \
    X(JOB_CANCELLED, "cancelled",                                                                  \
      JOB_BIT(JOB_READY) | JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_RUNNING) | JOB_BIT(JOB_DONE))        \
    X(JOB_HELD, "held",                                                                            \
      JOB_BIT(JOB_READY) | JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_DONE) | JOB_BIT(JOB_CANCELLED))

#define JOB_BIT(state) (1u << (state))

enum job_state {
#define JOB_ENUM(name, text, next) name,
    JOB_STATES(JOB_ENUM)
#undef JOB_ENUM
        JOB_STATE_COUNT
};

/* What became of one call. `sending` is not an outcome yet: claimed, perhaps on the wire.
 * X(name, SQL text) */
#define ATTEMPT_OUTCOMES(X)                                                                        \
    X(ATTEMPT_SENDING, "sending")     /* claimed; the first byte may have left */                  \
    X(ATTEMPT_ANSWERED, "answered")   /* a complete, checked answer arrived */                     \
    X(ATTEMPT_REFUSED, "refused")     /* definitely not done; costs no attempt */                  \
    X(ATTEMPT_FAILED, "failed")       /* a definite answer that is no result */                    \
    X(ATTEMPT_UNCERTAIN, "uncertain") /* sent, no definite answer: maybe billed */                 \
    X(ATTEMPT_UNSENT, "unsent")       /* given back before the first byte; costs nothing */

enum attempt_outcome {
#define ATTEMPT_ENUM(name, text) name,
    ATTEMPT_OUTCOMES(ATTEMPT_ENUM)
#undef ATTEMPT_ENUM
        ATTEMPT_OUTCOME_COUNT
};

const char *job_state_text(enum job_state state);
bool job_state_parse(const char *text, enum job_state *out);
bool job_state_may_become(enum job_state from, enum job_state to);

const char *attempt_outcome_text(enum attempt_outcome outcome);
bool attempt_outcome_parse(const char *text, enum attempt_outcome *out);

#endif
