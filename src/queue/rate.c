/* rate.c: see rate.h. */
#include "queue/rate.h"

#include <stdbool.h>

#include "base/ensure.h"

static int64_t burst_us(const struct rate *rate) {
    int64_t us;
    return __builtin_mul_overflow(rate->burst, rate->interval_us, &us) ? INT64_MAX : us;
}

/* `next` brought into [now, now + a full burst]: below, the bucket is full and cannot get fuller;
 * above, the state was made under a slower rate or another clock and would block for nothing. */
static int64_t next_within(const struct rate *rate, int64_t next_us, int64_t now_us) {
    int64_t most_us;
    if (__builtin_add_overflow(now_us, burst_us(rate), &most_us))
        most_us = INT64_MAX;
    if (next_us < now_us)
        return now_us;
    return next_us < most_us ? next_us : most_us;
}

int64_t rate_take(const struct rate *rate, int64_t *next_us, int64_t now_us, int64_t want) {
    PRE(rate->interval_us >= 0 && rate->burst >= 1 && now_us >= 0);
    if (want <= 0)
        return 0;
    if (rate->interval_us == 0)
        return want;
    int64_t next = next_within(rate, *next_us, now_us);
    int64_t ahead_us = next - now_us;
    int64_t used = ahead_us / rate->interval_us + (ahead_us % rate->interval_us != 0);
    int64_t room = used < rate->burst ? rate->burst - used : 0;
    int64_t taken = want < room ? want : room;
    int64_t step_us, after_us;
    bool over = __builtin_mul_overflow(taken, rate->interval_us, &step_us) ||
                __builtin_add_overflow(next, step_us, &after_us);
    *next_us = over ? INT64_MAX : after_us;
    return taken;
}

int64_t rate_ready_us(const struct rate *rate, int64_t next_us) {
    PRE(rate->interval_us >= 0 && rate->burst >= 1);
    if (rate->interval_us == 0)
        return 0;
    int64_t slack_us = burst_us(rate) - rate->interval_us;
    return next_us > INT64_MIN + slack_us ? next_us - slack_us : INT64_MIN;
}
