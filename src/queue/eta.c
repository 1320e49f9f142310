/* eta.c: see eta.h. */
#include "queue/eta.h"

#include <math.h>
#include <stdlib.h>

#include "base/ensure.h"

#define US_PER_MS 1000.0
#define NS_PER_MS 1000000.0
#define ROUNDING 1e-6 /* of a job, or of all: less than that is missing by arithmetic only */
/* Of the mean, squared: texts that differ by less are all of a size. */
#define SPREAD_MIN 0.01

static double least(double a, double b) {
    return a < b ? a : b;
}

static double above_zero(double x) {
    return x > 0 ? x : 0;
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

struct demand {   /* for one unit of progress, a character for each unit of weight */
    double slots; /* slot-milliseconds */
    double requests, chars, micros;
};
struct flowing { /* a batch on its way */
    struct eta_batch *batch;
    double left;  /* units of progress */
    double start; /* milliseconds from now; < 0 = not yet */
    bool over;
    struct demand needs;
};
struct purse { /* of the account, at some time of the forecast */
    const struct eta_account *account;
    double now, left_micros, day_end, dry; /* milliseconds from now; dry < 0 = not yet */
};

static int by_wait(const void *a, const void *b) {
    const struct flowing *x = a, *y = b;
    return x->batch->wait_ms < y->batch->wait_ms ? -1 : x->batch->wait_ms > y->batch->wait_ms;
}

static int by_order(const void *a, const void *b) {
    const struct flowing *x = a, *y = b;
    if (x->batch->priority != y->batch->priority)
        return x->batch->priority > y->batch->priority ? -1 : 1;
    return x->left < y->left ? -1 : x->left > y->left;
}

int64_t eta_paid_jobs(const struct eta_batch *b) {
    if (!b->budget.is_set || b->job_micros <= 0)
        return b->jobs;
    double paid =
        b->budget.left_micros > 0 ? (double)b->budget.left_micros / b->job_micros + ROUNDING : 0;
    return paid < (double)b->jobs ? (int64_t)paid : b->jobs;
}

static struct flowing flowing_of(const struct eta_account *a, struct eta_batch *b) {
    double chars = b->job_chars > 1 ? b->job_chars : 1, weight = (double)b->weight;
    return (struct flowing){.batch = b,
                            .left = (double)eta_paid_jobs(b) * chars / weight,
                            .start = -1,
                            .needs = {.slots = weight * eta_call_ms(&a->seen, chars) / chars,
                                      .requests = weight / chars,
                                      .chars = weight,
                                      .micros = weight * b->job_micros / chars}};
}

/* Milliseconds that one unit of progress of all of them takes. */
static double pace(const struct eta_account *a, const struct demand *d) {
    double ms = d->slots / (double)a->slots;
    double by_requests = d->requests * (double)a->request_interval_us / US_PER_MS;
    double by_chars = d->chars * (double)a->chars_interval_ns / NS_PER_MS;
    if (by_requests > ms)
        ms = by_requests;
    return by_chars > ms ? by_chars : ms;
}

static void add_demand(struct demand *d, const struct demand *of, double sign) {
    d->slots += sign * of->slots;
    d->requests += sign * of->requests;
    d->chars += sign * of->chars;
    d->micros += sign * of->micros;
}

static void next_day(struct purse *p) {
    if (p->now < p->day_end)
        p->now = p->day_end;
    p->day_end += (double)ETA_DAY_MS;
    p->left_micros = (double)p->account->day_micros;
}

static void run_dry(struct purse *p) {
    if (p->dry < 0)
        p->dry = p->now;
    next_day(p);
}

/* So much progress until a time, over as many days as the budget of a day makes of it. Returns what
 * was not made any more. */
static double advance(struct purse *p, double progress, const struct demand *d, double until) {
    double ms = pace(p->account, d), nothing = progress * ROUNDING;
    bool costs = p->account->today.is_set && d->micros > 0;
    while (p->now < (double)ETA_MS_MAX) {
        double until_dry = costs ? above_zero(p->left_micros / d->micros) : INFINITY;
        double until_day = costs ? above_zero((p->day_end - p->now) / ms) : INFINITY;
        double until_next = above_zero((until - p->now) / ms);
        double step = least(least(progress, until_next), least(until_dry, until_day));
        p->now += step * ms;
        p->left_micros -= step * d->micros;
        progress -= step;
        if (progress <= nothing)
            return 0;
        if (step == until_next) {
            p->now = p->now > until ? p->now : until; /* not a rounding before it */
            return progress;
        }
        if (until_dry < until_day)
            run_dry(p);
        else
            next_day(p);
    }
    return 0;
}

static int64_t whole_ms(double ms) {
    return ms < (double)ETA_MS_MAX ? (int64_t)(ms + 0.5) : ETA_UNKNOWN;
}

static void end_batch(struct eta_batch *b, double start, double end, double one_call) {
    b->start_ms = whole_ms(start);
    if (eta_paid_jobs(b) < b->jobs)
        b->stop_ms = whole_ms(end);
    else /* its last call cannot be over sooner */
        b->done_ms = whole_ms(end - start < one_call / 2 ? start + one_call / 2 : end);
}

/* Of one priority, from now on: the one with least to do for its weight is done first. */
static void serve_priority(struct purse *p, struct flowing *list, size_t count, double until) {
    struct demand d = {0};
    double progress = 0;
    for (size_t i = 0; i < count; i++)
        add_demand(&d, &list[i].needs, 1);
    if (p->account->today.is_set && d.micros > 0 && p->left_micros <= 0)
        run_dry(p);
    for (size_t i = 0; i < count; i++)
        if (list[i].start < 0)
            list[i].start = p->now;
    for (size_t i = 0; i < count; i++) {
        const struct eta_batch *b = list[i].batch;
        double missing = advance(p, list[i].left - progress, &d, until);
        progress = list[i].left - missing;
        list[i].over = missing <= 0;
        if (!list[i].over)
            break;
        add_demand(&d, &list[i].needs, -1);
        end_batch(list[i].batch, list[i].start, p->now,
                  eta_call_ms(&p->account->seen, b->job_chars > 1 ? b->job_chars : 1));
    }
    for (size_t i = 0; i < count; i++)
        list[i].left -= progress;
}

/* Until a time, or until all are done. Returns how many are left, the first of the list. */
static size_t serve_until(struct purse *p, struct flowing *list, size_t count, double until) {
    size_t left = 0;
    qsort(list, count, sizeof *list, by_order);
    for (size_t i = 0, end; i < count && p->now < until; i = end) {
        for (end = i + 1; end < count; end++)
            if (list[end].batch->priority != list[i].batch->priority)
                break;
        serve_priority(p, list + i, end - i, until);
    }
    for (size_t i = 0; i < count; i++)
        if (!list[i].over)
            list[left++] = list[i];
    return left;
}

/* Nothing flows until then. */
static void idle_until(struct purse *p, double until) {
    if (until > p->now)
        p->now = until;
    while (p->day_end <= p->now && p->day_end < (double)ETA_MS_MAX)
        next_day(p);
}

static void serve_all(struct purse *p, struct flowing *list, size_t count) {
    size_t flowing = 0, next = 0; /* at the front; the first of those that wait */
    qsort(list, count, sizeof *list, by_wait);
    while (flowing > 0 || next < count) {
        if (flowing == 0)
            idle_until(p, (double)list[next].batch->wait_ms);
        while (next < count && (double)list[next].batch->wait_ms <= p->now)
            list[flowing++] = list[next++];
        flowing = serve_until(p, list, flowing,
                              next < count ? (double)list[next].batch->wait_ms : INFINITY);
    }
}

void eta_forecast(struct eta_account *account, struct eta_batch *batches, size_t count) {
    PRE(account->slots >= 1);
    bool known = account->closed_ms >= 0 && eta_call_ms(&account->seen, 1) > 0;
    struct flowing *list = ensure_alloc((count + 1) * sizeof *list);
    size_t flowing = 0;
    for (size_t i = 0; i < count; i++) {
        batches[i].start_ms = batches[i].done_ms = batches[i].jobs > 0 ? ETA_UNKNOWN : 0;
        batches[i].stop_ms = ETA_UNKNOWN;
        if (known && batches[i].jobs > 0)
            list[flowing++] = flowing_of(account, &batches[i]);
    }
    struct purse purse = {.account = account,
                          .now = known ? (double)account->closed_ms : 0,
                          .left_micros = (double)account->today.left_micros,
                          .day_end = (double)account->day_left_ms,
                          .dry = -1};
    serve_all(&purse, list, flowing);
    account->dry_ms = purse.dry >= 0 ? whole_ms(purse.dry) : ETA_UNKNOWN;
    free(list);
}
