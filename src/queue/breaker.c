/* breaker.c: see breaker.h. */
#include "queue/breaker.h"

#include <string.h>

#include "base/ensure.h"

static const char *const texts[] = {
#define BREAKER_TEXT(name, text) [name] = text,
    BREAKER_STATES(BREAKER_TEXT)
#undef BREAKER_TEXT
};

const char *breaker_state_text(enum breaker_state state) {
    PRE(state < BREAKER_STATE_COUNT);
    return texts[state];
}

bool breaker_state_parse(const char *text, enum breaker_state *out) {
    for (int i = 0; text && i < BREAKER_STATE_COUNT; i++)
        if (strcmp(text, texts[i]) == 0) {
            *out = (enum breaker_state)i;
            return true;
        }
    return false;
}

bool breaker_may_probe(const struct breaker *b, int64_t now_boot_ms) {
    return b->state == BREAKER_OPEN && now_boot_ms >= b->until_boot_ms;
}

void breaker_probe(struct breaker *b, int64_t job_id, int64_t n) {
    PRE(b->state == BREAKER_OPEN);
    b->state = BREAKER_PROBING;
    b->probe_job_id = job_id;
    b->probe_n = n;
}

void breaker_close(struct breaker *b) {
    *b = (struct breaker){.state = BREAKER_CLOSED};
}

/* Open for wait_ms, jittered. */
static void open_for(struct breaker *b, int64_t wait_ms, int64_t now_boot_ms, uint64_t random) {
    int64_t half = wait_ms / 2;
    b->state = BREAKER_OPEN;
    b->wait_ms = wait_ms;
    b->until_boot_ms = now_boot_ms + wait_ms - (int64_t)(random % (uint64_t)(half + 1));
    b->probe_job_id = b->probe_n = 0;
}

void breaker_doubt(struct breaker *b, int64_t now_boot_ms) {
    if (b->state == BREAKER_PROBING)
        return;
    if (b->state == BREAKER_CLOSED)
        b->opened_boot_ms = now_boot_ms;
    b->state = BREAKER_OPEN;
    b->until_boot_ms = now_boot_ms;
}

static int64_t longer(const struct breaker *b, const struct breaker_limits *limits) {
    int64_t wait_ms = b->wait_ms > 0 ? 2 * b->wait_ms : limits->base_ms;
    return wait_ms < limits->max_ms ? wait_ms : limits->max_ms;
}

static void probe_is_over(struct breaker *b, const struct breaker_limits *limits,
                          const struct breaker_call *call, int64_t now_boot_ms, uint64_t random) {
    bool never_opens = limits->failures == 0; /* it was in doubt, after a stop */
    if (call->news == BREAKER_NEWS_ALIVE || (call->news == BREAKER_NEWS_DOWN && never_opens)) {
        breaker_close(b);
    } else if (call->news == BREAKER_NEWS_DOWN) {
        open_for(b, longer(b, limits), now_boot_ms, random);
    } else { /* nothing was learnt */
        b->state = BREAKER_OPEN;
        b->until_boot_ms = now_boot_ms + BREAKER_AGAIN_MS;
        b->probe_job_id = b->probe_n = 0;
    }
}

static bool count_failure(struct breaker *b, const struct breaker_limits *limits,
                          int64_t now_boot_ms, int64_t now_ms, uint64_t random) {
    if (limits->failures == 0)
        return false;
    if (b->failures++ == 0)
        b->first_ms = now_ms;
    if (b->failures < limits->failures)
        return true;
    b->opened_boot_ms = now_boot_ms;
    open_for(b, limits->base_ms, now_boot_ms, random);
    return true;
}

bool breaker_heard(struct breaker *b, const struct breaker_limits *limits,
                   const struct breaker_call *call, int64_t now_boot_ms, int64_t now_ms,
                   uint64_t random) {
    if (breaker_is_probe(b, call->job_id, call->n)) {
        probe_is_over(b, limits, call, now_boot_ms, random);
        return true;
    }
    if (b->state != BREAKER_CLOSED)
        return false;
    if (call->news == BREAKER_NEWS_DOWN)
        return call->counts && count_failure(b, limits, now_boot_ms, now_ms, random);
    bool changed = call->news == BREAKER_NEWS_ALIVE && b->failures > 0;
    if (changed)
        b->failures = 0;
    return changed;
}
