/* outlook.c: see outlook.h. */
#include "cli/view/outlook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "cli/service.h"
#include "fleet/served.h"
#include "queue/flow.h"

struct known { /* a name, and whether the running service has it */
    char name[STORE_NAME_MAX + 1];
    bool served;
};
struct looking {
    struct outlook *outlook;
    const struct config *config;
    bool is_running;
    struct known *profile; /* those that were met */
    size_t profile_count;
};

static int64_t left_ms(const struct outlook *o, int64_t at_ms) {
    return at_ms > o->now_ms ? at_ms - o->now_ms : 0;
}

static int64_t paced(int64_t interval) {
    return interval + interval / FLOW_PACE_PART;
}

/* How long no call is made; ETA_UNKNOWN when that is a person's, or the provider's, to say. */
static int64_t closed_ms(const struct store_account_row *row, int64_t now_ms) {
    if (row->stopped || row->breaker != BREAKER_CLOSED)
        return ETA_UNKNOWN;
    return row->paused_until_ms > now_ms ? row->paused_until_ms - now_ms : 0;
}

/* What waits for money needs more than there is, so that is as good as nothing. */
static struct eta_budget budget_of(const struct store_money *m) {
    return (struct eta_budget){.is_set = m->has_budget,
                               .left_micros = m->is_waiting ? 0 : m->budget - m->spent};
}

static void add_account(const struct store_account_row *row, void *arg) {
    struct looking *l = arg;
    struct outlook *o = l->outlook;
    o->account = ensure_realloc(o->account, (o->account_count + 1) * sizeof *o->account);
    struct outlook_account *a = &o->account[o->account_count++];
    int64_t request_us =
        row->rate_interval_us > row->min_interval_us ? row->rate_interval_us : row->min_interval_us;
    *a = (struct outlook_account){.eta = {.seen = row->seen,
                                          .slots = row->effective_cap > 0 ? row->effective_cap : 1,
                                          .request_interval_us = paced(request_us),
                                          .chars_interval_ns = paced(row->chars_interval_ns),
                                          .closed_ms = closed_ms(row, o->now_ms),
                                          .today = budget_of(&row->money),
                                          .day_micros = row->money.budget,
                                          .day_left_ms = ETA_DAY_MS - o->now_ms % ETA_DAY_MS,
                                          .dry_ms = ETA_UNKNOWN}};
    a->served = served_has(l->config->fleet, SERVED_ACCOUNT, row->name);
    (void)snprintf(a->name, sizeof a->name, "%s", row->name);
}

static size_t account_of(const struct outlook *o, const char *name) {
    size_t i = 0;
    while (i < o->account_count && strcmp(o->account[i].name, name) != 0)
        i++;
    return i;
}

/* Of the jobs that have not been spoken; what was shared or failed is little among them. */
static double job_chars(const struct store_batch_row *row) {
    int64_t jobs = row->total - row->spoken, chars = row->chars - row->spoken_chars;
    if (jobs <= 0 || chars <= 0)
        return row->total > 0 ? (double)row->chars / (double)row->total : 1;
    return (double)chars / (double)jobs;
}

/* As its jobs have cost until now; before the first, by the price of its profile. */
static double job_micros(const struct config *c, const struct store_batch_row *row, double chars) {
    if (row->money.spent > 0 && row->spoken_chars > 0)
        return (double)row->money.spent * chars / (double)row->spoken_chars;
    const struct profile *p = config_profile(c, row->profile);
    if (!p || p->price.price.micros == 0)
        return 0;
    bool by_call = p->price.price.unit == PRICE_CALLS;
    return (double)p->price.price.micros / (double)p->price.price.units * (by_call ? 1 : chars);
}

/* Read once for each profile, not for each batch. */
static bool is_profile_served(struct looking *l, const char *profile) {
    size_t i = 0;
    while (i < l->profile_count && strcmp(l->profile[i].name, profile) != 0)
        i++;
    if (i == l->profile_count) {
        l->profile = ensure_realloc(l->profile, (i + 1) * sizeof *l->profile);
        (void)snprintf(l->profile[i].name, sizeof l->profile[i].name, "%s", profile);
        l->profile[i].served = served_has(l->config->fleet, SERVED_PROFILE, profile);
        l->profile_count++;
    }
    return l->profile[i].served;
}

static bool is_unknown(struct looking *l, const struct store_batch_row *row, size_t account) {
    const struct outlook *o = l->outlook;
    bool has_account = account == o->account_count || o->account[account].served;
    return l->is_running && !(has_account && is_profile_served(l, row->profile));
}

static void add_batch(const struct store_batch_row *row, void *arg) {
    struct looking *l = arg;
    struct outlook *o = l->outlook;
    int64_t open = row->count[JOB_READY] + row->count[JOB_DELAYED] + row->count[JOB_RUNNING];
    if (open == 0 && !row->loading)
        return;
    if ((o->count & (o->count - 1)) == 0) /* at each power of two */
        o->batch = ensure_realloc(o->batch, (o->count ? 2 * o->count : 1) * sizeof *o->batch);
    double chars = job_chars(row);
    size_t account = account_of(o, row->account);
    bool unknown = is_unknown(l, row, account);
    o->batch[o->count++] =
        (struct outlook_batch){.id = row->id,
                               .start_ms = ETA_UNKNOWN,
                               .done_ms = ETA_UNKNOWN,
                               .stop_ms = row->money.is_waiting ? 0 : ETA_UNKNOWN,
                               .dry_ms = ETA_UNKNOWN,
                               .by_ms = row->by_ms ? row->by_ms - o->now_ms : INT64_MAX,
                               .job_ms = -1,
                               .account = account,
                               .cap = row->cap,
                               .sleeps = row->count[JOB_DELAYED] == row->total,
                               .unknown = unknown,
                               .eta = {.priority = row->priority,
                                       .weight = row->weight > 0 ? row->weight : 1,
                                       .jobs = row->loading || unknown ? 0 : open,
                                       .job_chars = chars,
                                       .job_micros = job_micros(l->config, row, chars),
                                       .budget = budget_of(&row->money),
                                       .wait_ms = left_ms(o, row->start_ms)}};
}

/* What was forecast, with what the forecast does not know: a cap of its own. */
static void take(struct outlook_batch *b, const struct eta_account *a,
                 const struct eta_batch *eta) {
    bool stops = eta->stop_ms != ETA_UNKNOWN;
    int64_t jobs = eta_paid_jobs(eta), end_ms = stops ? eta->stop_ms : eta->done_ms;
    if (eta->jobs == 0 || end_ms == ETA_UNKNOWN)
        return;
    double own =
        b->cap > 0 ? eta_call_ms(&a->seen, eta->job_chars) * (double)jobs / (double)b->cap : 0;
    int64_t span = end_ms - eta->start_ms;
    if (own > (double)span && own < (double)ETA_MS_MAX)
        span = (int64_t)own;
    b->start_ms = eta->start_ms;
    end_ms = b->start_ms + span;
    b->done_ms = stops ? ETA_UNKNOWN : end_ms;
    b->stop_ms = stops ? end_ms : ETA_UNKNOWN;
    if (a->dry_ms != ETA_UNKNOWN && a->dry_ms < end_ms)
        b->dry_ms = a->dry_ms;
    if (jobs > 0)
        b->job_ms = (double)span / (double)jobs;
}

static void forecast(struct outlook *o, size_t account) {
    struct eta_batch *list = ensure_alloc((o->count + 1) * sizeof *list);
    size_t *at = ensure_alloc((o->count + 1) * sizeof *at), n = 0;
    for (size_t i = 0; i < o->count; i++)
        if (o->batch[i].account == account) {
            at[n] = i;
            list[n++] = o->batch[i].eta;
        }
    eta_forecast(&o->account[account].eta, list, n);
    for (size_t i = 0; i < n; i++)
        take(&o->batch[at[i]], &o->account[account].eta, &list[i]);
    free(list);
    free(at);
}

static bool note_due(const struct store_job_row *row, void *arg) {
    int64_t *due_ms = arg;
    *due_ms = row->not_before_ms;
    return false; /* the others were put in with it */
}

/* A delay is each job's own. As long as all of a batch have one the first tells of it, without a
 * search among jobs that have ended. */
static bool find_delays(struct session *s, struct outlook *o, struct err *e) {
    for (size_t i = 0; i < o->count; i++) {
        struct outlook_batch *b = &o->batch[i];
        int64_t due_ms = 0;
        if (!b->sleeps || b->eta.wait_ms > 0)
            continue;
        if (!store_jobs_each(s->store, b->id, JOB_BIT(JOB_DELAYED), note_due, &due_ms, e))
            return false;
        b->eta.wait_ms = left_ms(o, due_ms);
    }
    return true;
}

bool outlook_read(struct session *s, struct outlook *out, struct err *e) {
    *out = (struct outlook){.now_ms = clock_wall_ms()};
    struct looking looking = {
        .outlook = out, .config = s->config, .is_running = service_is_running(s->config->fleet)};
    const struct store_reader accounts = {.account = add_account, .arg = &looking};
    const struct store_reader batches = {.batch = add_batch, .arg = &looking};
    bool ok = store_status(s->store, 0, &accounts, e) && store_status(s->store, 0, &batches, e) &&
              find_delays(s, out, e);
    free(looking.profile);
    if (!ok)
        return false;
    if (looking.is_running)
        for (size_t i = 0; i < out->account_count; i++)
            forecast(out, i);
    return true;
}

void outlook_release(struct outlook *o) {
    free(o->batch);
    free(o->account);
    *o = (struct outlook){0};
}

const struct outlook_batch *outlook_of(const struct outlook *o, int64_t batch_id) {
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->batch[middle].id < batch_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < o->count && o->batch[low].id == batch_id ? &o->batch[low] : NULL;
}

bool outlook_is_late(const struct outlook_batch *b) {
    return b && (b->by_ms < 0 || (b->done_ms != ETA_UNKNOWN && b->done_ms > b->by_ms));
}

/* What is over first: its own budget, or the day's of its account. */
static int64_t money_ms(const struct outlook_batch *b) {
    if (!b || b->stop_ms == ETA_UNKNOWN)
        return b ? b->dry_ms : ETA_UNKNOWN;
    return b->dry_ms != ETA_UNKNOWN && b->dry_ms < b->stop_ms ? b->dry_ms : b->stop_ms;
}

int64_t outlook_dry_ms(const struct outlook *o, const char *account) {
    size_t i = account_of(o, account);
    return i < o->account_count ? o->account[i].eta.dry_ms : ETA_UNKNOWN;
}

const char *outlook_time(int64_t ms, char out[OUTLOOK_TEXT_BYTES]) {
    int64_t s = ms > 0 ? (ms + 999) / 1000 : 0;
    if (s < 3600)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
    else if (s < 48 * 3600)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 ":%02d:%02d", s / 3600,
                       (int)(s / 60 % 60), (int)(s % 60));
    else
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 "d%02dh", s / 86400,
                       (int)(s / 3600 % 24));
    return out;
}

const char *outlook_text(const struct outlook_batch *b, char out[OUTLOOK_TEXT_BYTES]) {
    char time[OUTLOOK_TEXT_BYTES];
    const char *late = outlook_is_late(b) ? " late" : "";
    if (!b)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "-");
    else if (b->stop_ms == 0)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "stopped%s", late);
    else if (b->stop_ms != ETA_UNKNOWN)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "stops %.16s%s", outlook_time(b->stop_ms, time),
                       late);
    else if (b->done_ms == ETA_UNKNOWN)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "?%s", late);
    else
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%.16s%s", outlook_time(b->done_ms, time), late);
    return out;
}

const char *outlook_money(const struct outlook_batch *b, char out[OUTLOOK_MONEY_BYTES]) {
    char time[OUTLOOK_TEXT_BYTES];
    int64_t ms = money_ms(b);
    if (ms == ETA_UNKNOWN)
        out[0] = '\0';
    else
        (void)snprintf(out, OUTLOOK_MONEY_BYTES, "the %s's budget lasts %.16s",
                       ms == b->stop_ms ? "batch" : "day", outlook_time(ms, time));
    return out;
}

static json_t *seconds(int64_t ms) {
    return ms == ETA_UNKNOWN ? json_null() : json_real((double)ms / 1000.0);
}

void outlook_json(json_t *object, const struct outlook_batch *b) {
    json_object_set_new(object, "eta_s", seconds(b ? b->done_ms : 0));
    json_object_set_new(object, "money_s", seconds(money_ms(b)));
    json_object_set_new(object, "late", json_boolean(outlook_is_late(b)));
}
