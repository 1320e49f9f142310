/* retry.c: see retry.h. One function per outcome;
 * nothing counts here, the history comes counted. */
#include "queue/retry.h"

#include "base/ensure.h"

/* min(cap, base·2^(n-1)) without overflow: base ≤ cap >> shift means the product is ≤ cap */
static int64_t backoff_limit_ms(int64_t base_ms, int64_t cap_ms, int n) {
    int shift = n - 1;
    if (shift >= 62 || base_ms > cap_ms >> shift)
        return cap_ms;
    return base_ms << shift;
}

int64_t retry_backoff_ms(int64_t base_ms, int64_t cap_ms, int n, uint64_t random) {
    PRE(base_ms > 0 && cap_ms >= base_ms && n >= 1);
    int64_t limit_ms = backoff_limit_ms(base_ms, cap_ms, n);
    /* the bias of % is below limit / 2^64 */
    return 1 + (int64_t)(random % (uint64_t)limit_ms);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static struct retry_decision now(enum job_state state) {
    return (struct retry_decision){.state = state};
}

/* Delayed by the n-th backoff step, or by what the provider asked for if that is longer. */
static struct retry_decision later(const struct retry_policy *policy, int n, int64_t wait_ms,
                                   uint64_t random) {
    int64_t delay_ms =
        retry_backoff_ms(policy->backoff_base_ms, policy->backoff_cap_ms, n < 1 ? 1 : n, random);
    return (struct retry_decision){.state = JOB_DELAYED,
                                   .delay_ms = delay_ms > wait_ms ? delay_ms : wait_ms};
}

static bool is_final(enum retry_action action) {
    return action == RETRY_FAIL || action == RETRY_SPLIT;
}

/* Too many at a time: the effective cap does the waiting, the job comes back soon. */
static struct retry_decision after_refusal(const struct retry_policy *policy,
                                           const struct retry_history *history,
                                           enum retry_action action, int64_t wait_ms,
                                           uint64_t random) {
    struct retry_policy soon = *policy;
    if (action == RETRY_STOP)
        return now(JOB_READY);
    if (action == RETRY_SHRINK) {
        soon.backoff_base_ms = least(RETRY_SHRINK_BASE_MS, policy->backoff_base_ms);
        soon.backoff_cap_ms = least(RETRY_SHRINK_CAP_MS, policy->backoff_cap_ms);
    }
    return later(&soon, history->refusals, wait_ms, random);
}

static struct retry_decision after_failure(const struct retry_policy *policy,
                                           const struct retry_history *history,
                                           enum retry_action action, int64_t wait_ms,
                                           uint64_t random) {
    if (action == RETRY_STOP)
        return now(JOB_READY);
    if (is_final(action) || history->attempts >= policy->attempts_max)
        return now(JOB_FAILED);
    return later(policy, history->attempts, wait_ms, random);
}

static struct retry_decision after_uncertain(const struct retry_policy *policy,
                                             const struct retry_history *history,
                                             enum retry_action action, int64_t wait_ms,
                                             uint64_t random) {
    if (policy->hold_uncertain || history->uncertain > policy->uncertain_max)
        return now(JOB_HELD);
    if (is_final(action) || history->attempts >= policy->attempts_max)
        return now(JOB_FAILED);
    return later(policy, history->attempts, wait_ms, random);
}

struct retry_decision retry_decide(const struct retry_policy *policy,
                                   const struct retry_history *history,
                                   enum attempt_outcome outcome, enum retry_action action,
                                   int64_t wait_ms, uint64_t random) {
    switch (outcome) {
    case ATTEMPT_ANSWERED:
        return now(JOB_DONE);
    case ATTEMPT_UNSENT:
        return now(JOB_READY);
    case ATTEMPT_REFUSED:
        return after_refusal(policy, history, action, wait_ms, random);
    case ATTEMPT_FAILED:
        return after_failure(policy, history, action, wait_ms, random);
    case ATTEMPT_UNCERTAIN:
        return after_uncertain(policy, history, action, wait_ms, random);
    case ATTEMPT_SENDING:
    case ATTEMPT_OUTCOME_COUNT:
        break;
    }
    ensure_failed("precondition", "outcome is settled", __FILE__, __LINE__);
}
