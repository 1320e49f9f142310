/* state.c: see state.h. */
#include "queue/state.h"

#include <stddef.h>
#include <string.h>

#include "base/ensure.h"

static const char *const job_texts[JOB_STATE_COUNT] = {
#define JOB_TEXT(name, text, next) [name] = text,
    JOB_STATES(JOB_TEXT)
#undef JOB_TEXT
};

static const unsigned job_next[JOB_STATE_COUNT] = {
#define JOB_NEXT(name, text, next) [name] = next,
    JOB_STATES(JOB_NEXT)
#undef JOB_NEXT
};

static const char *const outcome_texts[ATTEMPT_OUTCOME_COUNT] = {
#define ATTEMPT_TEXT(name, text) [name] = text,
    ATTEMPT_OUTCOMES(ATTEMPT_TEXT)
#undef ATTEMPT_TEXT
};

/* Index of `text` in `texts`, or `count`. */
static size_t find_text(const char *const *texts, size_t count, const char *text) {
    size_t i = 0;
    while (i < count && strcmp(texts[i], text) != 0)
        i++;
    return i;
}

const char *job_state_text(enum job_state state) {
    PRE((unsigned)state < JOB_STATE_COUNT);
    return job_texts[state];
}

bool job_state_parse(const char *text, enum job_state *out) {
    size_t i = find_text(job_texts, JOB_STATE_COUNT, text);
    if (i == JOB_STATE_COUNT)
        return false;
    *out = (enum job_state)i;
    return true;
}

bool job_state_may_become(enum job_state from, enum job_state to) {
    PRE((unsigned)from < JOB_STATE_COUNT && (unsigned)to < JOB_STATE_COUNT);
    return (job_next[from] & JOB_BIT(to)) != 0;
}

const char *attempt_outcome_text(enum attempt_outcome outcome) {
    PRE((unsigned)outcome < ATTEMPT_OUTCOME_COUNT);
    return outcome_texts[outcome];
}

bool attempt_outcome_parse(const char *text, enum attempt_outcome *out) {
    size_t i = find_text(outcome_texts, ATTEMPT_OUTCOME_COUNT, text);
    if (i == ATTEMPT_OUTCOME_COUNT)
        return false;
    *out = (enum attempt_outcome)i;
    return true;
}
