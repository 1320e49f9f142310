/* flow.c: see flow.h. */
#include "queue/flow.h"

#include "base/ensure.h"

#define US_PER_MS 1000
#define NS_PER_US 1000
#define MS_PER_MIN 60000

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t greatest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* ---- open or closed -------------------------------------------------------------------------- */

int64_t flow_closed_until(const struct flow *f) {
    bool only_a_turn_can_tell = f->stopped || f->breaker.state != BREAKER_CLOSED;
    return only_a_turn_can_tell ? INT64_MAX : f->paused_until_boot_ms;
}

int64_t flow_shut_until(const struct flow *f) {
    if (f->stopped)
        return INT64_MAX;
    if (f->breaker.state == BREAKER_OPEN)
        return greatest(f->breaker.until_boot_ms, f->paused_until_boot_ms);
    return f->paused_until_boot_ms;
}

int64_t flow_looks_at(const struct flow *f) {
    return f->breaker.state == BREAKER_PROBING ? INT64_MAX : flow_shut_until(f);
}

bool flow_may_probe(const struct flow *f, int64_t now_boot_ms) {
    return !f->stopped && now_boot_ms >= f->paused_until_boot_ms &&
           breaker_may_probe(&f->breaker, now_boot_ms);
}

/* ---- how many -------------------------------------------------------------------------------- */

static int64_t ramp_cap(const struct flow *f, int64_t now_boot_ms) {
    if (f->ramp_per_min == 0 || f->ramp_boot_ms == 0)
        return f->cap;
    int64_t ms = greatest(now_boot_ms - f->ramp_boot_ms, 0);
    int64_t gained =
        ms / MS_PER_MIN * f->ramp_per_min + ms % MS_PER_MIN * f->ramp_per_min / MS_PER_MIN;
    return least(f->cap, 1 + gained);
}

int64_t flow_cap(const struct flow *f, int64_t now_boot_ms) {
    return least(effective_cap(&f->effective, f->cap, now_boot_ms), ramp_cap(f, now_boot_ms));
}

int64_t flow_cap_grows_at(const struct flow *f, int64_t now_boot_ms) {
    int64_t ramp = ramp_cap(f, now_boot_ms);
    int64_t effective = effective_grows_at(&f->effective, now_boot_ms);
    if (ramp >= f->cap)
        return effective;
    /* the moment of the slot that comes next, rounded up */
    int64_t next = f->ramp_boot_ms + (ramp * MS_PER_MIN + f->ramp_per_min - 1) / f->ramp_per_min;
    return least(greatest(next, now_boot_ms + 1), effective);
}

void flow_begins(struct flow *f, int64_t now_boot_ms) {
    f->ramp_boot_ms = f->ramp_per_min > 0 ? now_boot_ms : 0;
}

/* ---- when ------------------------------------------------------------------------------------ */

static struct rate paced(const struct rate *rate) {
    struct rate slower = *rate;
    slower.interval_ns += rate->interval_ns / FLOW_PACE_PART;
    return slower;
}

struct flow_place flow_place(const struct flow *f, int64_t chars, int64_t now_us) {
    struct flow_place place = {.start_us = now_us, .latest_us = INT64_MAX};
    if (!flow_is_paced(f))
        return place;
    struct rate requests = paced(&f->requests), letters = paced(&f->chars);
    int64_t start = greatest(now_us, f->last_us);
    if (f->min_interval_us > 0 && f->last_us > 0)
        start = greatest(start, f->last_us + f->min_interval_us + FLOW_JITTER_MS * US_PER_MS);
    start = greatest(start, rate_start_us(&requests, f->requests_next_us, now_us, 1));
    start = greatest(start, rate_start_us(&letters, f->chars_next_us, now_us, greatest(chars, 1)));
    place.start_us = start;
    int64_t late_us = INT64_MAX;
    if (requests.interval_ns > 0)
        late_us = FLOW_JITTER_MS * US_PER_MS + requests.interval_ns / NS_PER_US;
    if (f->min_interval_us > 0)
        late_us = FLOW_JITTER_MS * US_PER_MS;
    if (late_us < INT64_MAX - start)
        place.latest_us = start + late_us;
    return place;
}

void flow_take(struct flow *f, const struct flow_place *place, int64_t chars) {
    if (!flow_is_paced(f))
        return;
    struct rate requests = paced(&f->requests), letters = paced(&f->chars);
    f->requests_next_us = rate_after_us(&requests, f->requests_next_us, place->start_us, 1);
    f->chars_next_us =
        rate_after_us(&letters, f->chars_next_us, place->start_us, greatest(chars, 1));
    f->last_us = place->start_us;
}

void flow_give_back(struct flow *f, int64_t chars) {
    struct rate letters = paced(&f->chars);
    if (letters.interval_ns > 0)
        f->chars_next_us = rate_given_back_us(&letters, f->chars_next_us, greatest(chars, 1));
}

/* ---- the end of a call ----------------------------------------------------------------------- */

/* The longest pause wins; true when it is this one. */
static bool pause_until(struct flow *f, int64_t until_boot_ms) {
    if (until_boot_ms <= f->paused_until_boot_ms)
        return false;
    f->paused_until_boot_ms = until_boot_ms;
    f->paused_until_ms = 0;
    if (!f->stopped)
        f->by_person = false;
    return !f->stopped;
}

static bool stop(struct flow *f, int64_t now_boot_ms) {
    if (f->stopped) {
        if (f->by_person) /* the person's `resume` is to end this stop too */
            breaker_doubt(&f->breaker, now_boot_ms);
        return false;
    }
    f->stopped = true;
    f->by_person = false;
    breaker_close(&f->breaker); /* a person's word opens a new chapter */
    return true;
}

static bool is_outage(const struct flow *f, bool was_closed, int64_t now_boot_ms) {
    if (was_closed && f->breaker.state == BREAKER_CLOSED)
        return false;
    return now_boot_ms - f->breaker.opened_boot_ms < FLOW_GRACE_MS;
}

struct flow_effect flow_heard(struct flow *f, const struct flow_call *call, int64_t ours,
                              int64_t now_boot_ms, int64_t now_ms, uint64_t random) {
    struct flow_effect effect = {.was_probe = breaker_is_probe(&f->breaker, call->job_id, call->n)};
    bool was_closed = f->breaker.state == BREAKER_CLOSED;
    const struct breaker_call heard = {
        .job_id = call->job_id, .n = call->n, .news = call->news, .counts = call->counts};
    effect.changed =
        breaker_heard(&f->breaker, &f->breaker_limits, &heard, now_boot_ms, now_ms, random);
    if (effect.was_probe && f->breaker.state == BREAKER_CLOSED)
        flow_begins(f, now_boot_ms);
    effect.outage = call->news == BREAKER_NEWS_DOWN && is_outage(f, was_closed, now_boot_ms);
    if (call->shrink) {
        effective_refused(&f->effective, f->cap, call->begun_boot_ms, now_boot_ms);
        effect.changed = true;
    }
    if (call->live_max > 0 || call->live_now >= 0)
        effect.changed |=
            effective_told(&f->effective, call->live_max, call->live_now, ours, now_boot_ms);
    if (call->pause_ms > 0)
        effect.closes |= pause_until(f, now_boot_ms + call->pause_ms);
    if (call->stop)
        effect.closes |= stop(f, now_boot_ms);
    effect.changed |= call->pause_ms > 0 || call->stop;
    return effect;
}

/* ---- a person -------------------------------------------------------------------------------- */

void flow_pause(struct flow *f, int64_t for_ms, int64_t now_boot_ms, int64_t now_ms) {
    PRE(for_ms >= 0);
    if (f->stopped && !f->by_person)
        breaker_doubt(&f->breaker, now_boot_ms);
    f->by_person = true;
    f->stopped = for_ms == 0;
    if (f->stopped)
        return;
    f->paused_until_boot_ms = now_boot_ms + for_ms;
    f->paused_until_ms = now_ms + for_ms;
}

bool flow_resume(struct flow *f, int64_t now_boot_ms) {
    bool was =
        f->stopped || f->paused_until_boot_ms > now_boot_ms || f->breaker.state == BREAKER_OPEN;
    if (f->breaker.state == BREAKER_OPEN || (f->stopped && !f->by_person))
        breaker_doubt(&f->breaker, now_boot_ms);
    f->stopped = f->by_person = false;
    f->paused_until_boot_ms = f->paused_until_ms = 0;
    return was;
}
