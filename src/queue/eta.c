/* eta.c: see eta.h. */
#include "queue/eta.h"

#include <stdlib.h>

#include "base/ensure.h"

#define US_PER_MS 1000.0
#define NS_PER_MS 1000000.0
#define SPREAD_MIN                                                                                 \
    0.01 /* of the mean, squared: texts closer together than that are all of a size */

static double least(double a, double b) {
    return a < b ? a : b;
}

void eta_saw(struct eta_service *x, int64_t chars, int64_t ms, bool answered) {
    PRE(chars >= 0 && ms >= 0);
    double c = least((double)chars, ETA_CHARS_MAX), t = least((double)ms, ETA_CALL_MS_MAX);
    if (!answered) {
        x->busy_ms += t;
        return;
    }
    x->calls = x->calls * ETA_FORGET + 1;
    x->chars = x->chars * ETA_FORGET + c;
    x->ms = x->ms * ETA_FORGET + t;
    x->chars2 = x->chars2 * ETA_FORGET + c * c;
    x->chars_ms = x->chars_ms * ETA_FORGET + c * t;
    x->busy_ms = x->busy_ms * ETA_FORGET + t;
}

/* What an answer takes, by the line or by a mean. */
static double answer_ms(const struct eta_service *x, double chars) {
    double mean_chars = x->chars / x->calls, mean_ms = x->ms / x->calls;
    double spread = x->chars2 / x->calls - mean_chars * mean_chars;
    if (mean_chars < 1 || spread < SPREAD_MIN * mean_chars * mean_chars)
        return mean_ms;
    double slope = (x->chars_ms / x->calls - mean_chars * mean_ms) / spread;
    double base = mean_ms - slope * mean_chars;
    if (slope < 0)
        return mean_ms;
    if (base < 0)
        return mean_ms * chars / mean_chars;
    return base + slope * chars;
}

double eta_call_ms(const struct eta_service *x, double chars) {
    if (x->calls < ETA_CALLS_MIN)
        return -1;
    double upon = x->ms > 0 && x->busy_ms > x->ms ? x->busy_ms / x->ms : 1;
    if (upon > ETA_UPON_MAX)
        upon = ETA_UPON_MAX;
    double ms = answer_ms(x, chars) * upon;
    return ms > 1 ? ms : 1;
}

/* ---- the forecast ---------------------------------------------------------------------------- */

struct flowing { /* a batch on its way */
    struct eta_batch *batch;
    double left;  /* characters for each unit of weight */
    double slots; /* busy for each character a millisecond, times its weight: what one unit of
                   * progress needs */
    double requests, chars;
};

static int by_order(const void *a, const void *b) {
    const struct flowing *x = a, *y = b;
    if (x->batch->priority != y->batch->priority)
        return x->batch->priority > y->batch->priority ? -1 : 1;
    return x->left < y->left ? -1 : x->left > y->left;
}

static struct flowing flowing_of(const struct eta_account *a, struct eta_batch *b) {
    double chars = b->job_chars > 1 ? b->job_chars : 1, weight = (double)b->weight;
    return (struct flowing){.batch = b,
                            .left = (double)b->jobs * chars / weight,
                            .slots = weight * eta_call_ms(&a->seen, chars) / chars,
                            .requests = weight / chars,
                            .chars = weight};
}

struct demand { /* of all that flow together, for one unit of progress */
    double slots, requests, chars;
};

/* Milliseconds that one unit of progress of all of them takes. */
static double pace(const struct eta_account *a, const struct demand *d) {
    double ms = d->slots / (double)a->slots;
    double by_requests = d->requests * (double)a->request_interval_us / US_PER_MS;
    double by_chars = d->chars * (double)a->chars_interval_ns / NS_PER_MS;
    if (by_requests > ms)
        ms = by_requests;
    return by_chars > ms ? by_chars : ms;
}

static void add_demand(struct demand *d, const struct flowing *f, double sign) {
    d->slots += sign * f->slots;
    d->requests += sign * f->requests;
    d->chars += sign * f->chars;
}

static int64_t whole_ms(double ms) {
    return ms < (double)ETA_MS_MAX ? (int64_t)(ms + 0.5) : ETA_UNKNOWN;
}

/* Of one priority, from `now` on: the one with least to do for its weight is done first. */
static double flow_out(const struct eta_account *a, struct flowing *list, size_t count,
                       double now) {
    struct demand d = {0};
    double progress = 0, start = now;
    for (size_t i = 0; i < count; i++)
        add_demand(&d, &list[i], 1);
    for (size_t i = 0; i < count; i++) {
        struct eta_batch *b = list[i].batch;
        now += (list[i].left - progress) * pace(a, &d);
        progress = list[i].left;
        add_demand(&d, &list[i], -1);
        double one_call = eta_call_ms(&a->seen, b->job_chars > 1 ? b->job_chars : 1);
        b->start_ms = whole_ms(start);
        /* its last call cannot be over sooner */
        b->done_ms = whole_ms(now - start < one_call / 2 ? start + one_call / 2 : now);
    }
    return now;
}

void eta_forecast(const struct eta_account *account, struct eta_batch *batches, size_t count) {
    PRE(account->slots >= 1);
    bool known = account->closed_ms >= 0 && eta_call_ms(&account->seen, 1) > 0;
    struct flowing *list = ensure_alloc((count + 1) * sizeof *list);
    size_t flowing = 0;
    for (size_t i = 0; i < count; i++) {
        batches[i].start_ms = batches[i].done_ms = batches[i].jobs > 0 ? ETA_UNKNOWN : 0;
        if (known && batches[i].jobs > 0)
            list[flowing++] = flowing_of(account, &batches[i]);
    }
    qsort(list, flowing, sizeof *list, by_order);
    double now = known ? (double)account->closed_ms : 0;
    for (size_t i = 0, end; i < flowing; i = end) {
        for (end = i + 1; end < flowing; end++)
            if (list[end].batch->priority != list[i].batch->priority)
                break;
        now = flow_out(account, list + i, end - i, now);
    }
    free(list);
}
