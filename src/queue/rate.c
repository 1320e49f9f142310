/* rate.c: see rate.h. Sums that do not fit become INT64_MAX: never. */
#include "queue/rate.h"

#include "base/ensure.h"

#define NS_PER_US 1000

static int64_t add(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* Rounded up, so that no unit is a nanosecond too cheap. */
static int64_t span_us(const struct rate *rate, int64_t units) {
    int64_t ns;
    if (__builtin_mul_overflow(rate->interval_ns, units, &ns))
        return INT64_MAX / NS_PER_US;
    return ns / NS_PER_US + (ns % NS_PER_US != 0);
}

int64_t rate_start_us(const struct rate *rate, int64_t next_us, int64_t now_us, int64_t units) {
    PRE(rate->interval_ns >= 0 && rate->burst >= 1 && now_us >= 0 && units >= 1);
    if (rate->interval_ns == 0 || next_us <= now_us)
        return now_us;
    int64_t spare = rate->burst > units ? rate->burst - units : 0;
    int64_t start_us = next_us - span_us(rate, spare);
    return start_us > now_us ? start_us : now_us;
}

int64_t rate_after_us(const struct rate *rate, int64_t next_us, int64_t start_us, int64_t units) {
    PRE(rate->interval_ns >= 0 && rate->burst >= 1 && units >= 1);
    if (rate->interval_ns == 0)
        return next_us;
    return add(next_us > start_us ? next_us : start_us, span_us(rate, units));
}

int64_t rate_given_back_us(const struct rate *rate, int64_t next_us, int64_t units) {
    PRE(rate->interval_ns >= 0 && rate->burst >= 1 && units >= 1);
    int64_t span = span_us(rate, units);
    return next_us > span ? next_us - span : 0;
}
