/* outlook.c: see outlook.h. */
#include "cli/view/outlook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "cli/service.h"
#include "queue/flow.h"

static int64_t paced(int64_t interval) {
    return interval + interval / FLOW_PACE_PART;
}

/* How long no call is made; ETA_UNKNOWN when that is a person's, or the provider's, to say. */
static int64_t closed_ms(const struct store_account_row *row, int64_t now_ms) {
    if (row->stopped || row->breaker != BREAKER_CLOSED || row->money.is_waiting)
        return ETA_UNKNOWN;
    return row->paused_until_ms > now_ms ? row->paused_until_ms - now_ms : 0;
}

static void add_account(const struct store_account_row *row, void *arg) {
    struct outlook *o = arg;
    o->account = ensure_realloc(o->account, (o->account_count + 1) * sizeof *o->account);
    struct outlook_account *a = &o->account[o->account_count++];
    int64_t request_us =
        row->rate_interval_us > row->min_interval_us ? row->rate_interval_us : row->min_interval_us;
    *a = (struct outlook_account){.eta = {.seen = row->seen,
                                          .slots = row->effective_cap > 0 ? row->effective_cap : 1,
                                          .request_interval_us = paced(request_us),
                                          .chars_interval_ns = paced(row->chars_interval_ns),
                                          .closed_ms = closed_ms(row, o->now_ms)}};
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

static void add_batch(const struct store_batch_row *row, void *arg) {
    struct outlook *o = arg;
    int64_t open = row->count[JOB_READY] + row->count[JOB_DELAYED] + row->count[JOB_RUNNING];
    if (open == 0 && !row->loading)
        return;
    if ((o->count & (o->count - 1)) == 0) /* at each power of two */
        o->batch = ensure_realloc(o->batch, (o->count ? 2 * o->count : 1) * sizeof *o->batch);
    bool moves = !row->loading && !row->money.is_waiting;
    o->batch[o->count++] =
        (struct outlook_batch){.id = row->id,
                               .start_ms = ETA_UNKNOWN,
                               .done_ms = ETA_UNKNOWN,
                               .job_ms = -1,
                               .account = account_of(o, row->account),
                               .cap = row->cap,
                               .wait_ms = row->start_ms > o->now_ms ? row->start_ms - o->now_ms : 0,
                               .eta = {.priority = row->priority,
                                       .weight = row->weight > 0 ? row->weight : 1,
                                       .jobs = moves ? open : 0,
                                       .job_chars = job_chars(row)}};
}

/* What was forecast, with what the forecast does not know: a cap and a start of its own. */
static void take(struct outlook_batch *b, const struct eta_account *a,
                 const struct eta_batch *eta) {
    if (eta->jobs == 0 || eta->done_ms == ETA_UNKNOWN)
        return;
    double own =
        b->cap > 0 ? eta_call_ms(&a->seen, eta->job_chars) * (double)eta->jobs / (double)b->cap : 0;
    int64_t span = eta->done_ms - eta->start_ms;
    if (own > (double)span && own < (double)ETA_MS_MAX)
        span = (int64_t)own;
    b->start_ms = eta->start_ms > b->wait_ms ? eta->start_ms : b->wait_ms;
    b->done_ms = b->start_ms + span;
    b->job_ms = (double)span / (double)eta->jobs;
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

bool outlook_read(struct session *s, struct outlook *out, struct err *e) {
    *out = (struct outlook){.now_ms = clock_wall_ms()};
    const struct store_reader accounts = {.account = add_account, .arg = out};
    const struct store_reader batches = {.batch = add_batch, .arg = out};
    if (!store_status(s->store, 0, &accounts, e) || !store_status(s->store, 0, &batches, e))
        return false;
    if (service_is_running(s->config->fleet))
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

const char *outlook_text(const struct outlook_batch *b, char out[OUTLOOK_TEXT_BYTES]) {
    int64_t s = b && b->done_ms > 0 ? (b->done_ms + 999) / 1000 : 0;
    if (!b)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "-");
    else if (b->done_ms == ETA_UNKNOWN)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "?");
    else if (s < 3600)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
    else if (s < 48 * 3600)
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 ":%02d:%02d", s / 3600,
                       (int)(s / 60 % 60), (int)(s % 60));
    else
        (void)snprintf(out, OUTLOOK_TEXT_BYTES, "%" PRId64 "d%02dh", s / 86400,
                       (int)(s / 3600 % 24));
    return out;
}

json_t *outlook_json(const struct outlook_batch *b) {
    if (b && b->done_ms == ETA_UNKNOWN)
        return json_null();
    return json_real(b ? (double)b->done_ms / 1000.0 : 0.0);
}
