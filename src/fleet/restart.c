/* restart.c: see restart.h. */
#include "fleet/restart.h"

#include "base/ensure.h"

static int64_t crash_wait_ms(int crashes_before) {
    if (crashes_before == 0)
        return 0;
    int64_t wait_ms = RESTART_FIRST_MS;
    for (int i = 1; i < crashes_before && wait_ms < RESTART_MOST_MS; i++)
        wait_ms *= 2;
    return wait_ms < RESTART_MOST_MS ? wait_ms : RESTART_MOST_MS;
}

static int64_t killed_wait_ms(struct restart *r, int64_t healthy_ms) {
    bool is_brief = healthy_ms < RESTART_SPACING_MS, again = is_brief && r->was_brief;
    r->was_brief = is_brief;
    return again ? RESTART_SPACING_MS - healthy_ms : 0;
}

int64_t restart_wait_ms(struct restart *r, enum restart_cause cause, int64_t healthy_ms) {
    PRE(healthy_ms >= 0 && r->crashes >= 0);
    if (healthy_ms >= RESTART_HEALTHY_MS)
        r->crashes = 0;
    if (cause == RESTART_KILLED)
        return killed_wait_ms(r, healthy_ms);
    if (cause == RESTART_WAITS)
        return RESTART_FIRST_MS;
    int64_t wait_ms = crash_wait_ms(r->crashes);
    if (wait_ms < RESTART_MOST_MS) /* the count stops where it no longer matters */
        r->crashes++;
    return wait_ms;
}
