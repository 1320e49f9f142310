/* turns.c: see turns.h. In this order: what a turn says, what it brought. */
#include "turns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "judge.h"
#include "loop.h"
#include "pieces.h"
#include "slots.h"

#define ACTIVE_MS 1000 /* an account counts as active so long after its last job */
#define RECYCLED_MAX 128

/* ---- a turn ---------------------------------------------------------------------------------- */

static bool is_active(const struct account *a, int64_t now_boot_ms) {
    return account_held(a) > 0 || a->staged > 0 || now_boot_ms - a->active_boot_ms < ACTIVE_MS;
}

/* Splits calls_max between the accounts that have something to do; each may have one call at least,
 * so that none starves behind another. */
static void set_limit(struct dispatch *d, struct account *a) {
    int64_t now_boot_ms = clock_boot_ms();
    int32_t sharers = 1, held_by_others = 0;
    for (size_t i = 0; i < d->account_count; i++) {
        const struct account *other = d->accounts[i];
        if (other == a)
            continue;
        held_by_others += account_held(other);
        sharers += is_active(other, now_boot_ms) ? 1 : 0;
    }
    int32_t fair = d->calls_max / sharers, left = d->calls_max - held_by_others;
    int32_t limit = fair < left ? fair : left;
    a->limit = limit < 1 ? 1 : limit;
}

static void make_settle_room(struct dispatch *d, size_t count) {
    if (count <= d->settles_room)
        return;
    d->settles_room = 2 * count;
    d->settles = ensure_realloc(d->settles, d->settles_room * sizeof *d->settles);
    d->records = ensure_realloc(d->records, d->settles_room * sizeof *d->records);
    d->results = ensure_realloc((void *)d->results, d->settles_room * sizeof *d->results);
}

static void fill_record(const struct call *c, struct segment_record *r) {
    *r = (struct segment_record){.key = c->claim.key,
                                 .owner = c->claim.job_id,
                                 .number = c->claim.attempt_no,
                                 .bytes = c->result.bytes,
                                 .duration_ms = c->result.duration_ms,
                                 .body = c->result.body};
    (void)snprintf(r->format, sizeof r->format, "%s", c->result.format);
    memcpy(r->sha256, c->result.sha256, sizeof r->sha256);
}

/* An answer in memory is a row, or has a place in the segment file. One sync of the file is dear
 * for one answer and cheap for many. */
static void fill_records(struct dispatch *d) {
    int64_t bytes = 0;
    size_t count = 0;
    for (struct call *c = d->settling.first; c; c = c->next) {
        if (!c->settle.result || !c->result.body || c->result.bytes == 0)
            continue;
        fill_record(c, &d->records[count]);
        d->results[count++] = &c->result;
        bytes += c->result.bytes;
    }
    d->request.records = d->records;
    d->request.results = d->results;
    d->request.record_count = bytes >= d->segment_bytes_min ? count : 0;
}

static void fill_settles(struct dispatch *d) {
    size_t count = d->ended.count;
    make_settle_room(d, count);
    struct call *c;
    for (size_t i = 0; (c = call_list_take(&d->ended)); i++) {
        d->settles[i] = c->settle;
        c->account->settles = true;
        call_list_add(&d->settling, c);
    }
    d->request.turn.settles = d->settles;
    d->request.turn.settle_count = count;
    fill_records(d);
}

/* What a turn settles may make jobs ready, or make room in a batch's cap or budget, and no commit
 * of others will say so: who settles looks. */
static bool is_concerned(const struct dispatch *d, const struct account *a) {
    return account_held(a) > 0 || ((d->look || a->settles) && a->wanted && !d->draining);
}

static void fill_wants(struct dispatch *d) {
    size_t count = 0;
    d->request.asks_all = true;
    for (size_t i = 0; i < d->account_count; i++) {
        struct account *a = d->accounts[i];
        bool concerned = is_concerned(d, a);
        a->settles = false;
        if (a->id == 0 || !concerned || count == STORE_TURN_WANTS_MAX) {
            d->request.asks_all = d->request.asks_all && !a->wanted;
            continue;
        }
        set_limit(d, a);
        account_lend(a, &d->wants[count], d->draining);
        d->wants[count].profiles = d->asked->profiles;
        if (!slots_may_call(d))
            d->wants[count].claims_max = 0;
        d->want_accounts[count++] = a;
    }
    d->request.turn.wants = d->wants;
    d->request.turn.want_count = count;
}

static void fill_lookups(struct dispatch *d) {
    size_t count = 0;
    for (size_t i = 0; i < d->account_count; i++) {
        struct account *a = d->accounts[i];
        if (a->id != 0 || !a->wanted)
            continue;
        d->lookups[count] = (struct store_thread_account){.name = a->name};
        d->lookup_accounts[count++] = a;
    }
    d->request.accounts = d->lookups;
    d->request.account_count = count;
}

void turns_begin(struct dispatch *d, bool remove_worker) {
    d->request = (struct store_thread_request){.remove_worker = remove_worker};
    d->request.set_draining = d->draining && !d->said_draining && !remove_worker;
    d->asked = generation_use(d->generation);
    fill_settles(d);
    fill_wants(d);
    fill_lookups(d);
    d->look = false;
    d->turn_ms = loop_now_ms(&d->host);
    d->pending_since_ms = 0;
    d->in_turn = true;
    store_thread_give(d->store, &d->request);
}

/* ---- its result ------------------------------------------------------------------------------ */

static void recycle(struct dispatch *d, struct call *c) {
    call_finish(c);
    if (d->recycled.count < RECYCLED_MAX)
        call_list_push(&d->recycled, c);
    else
        call_free(c);
}

static void settled(struct dispatch *d) {
    struct call *c;
    while ((c = call_list_take(&d->settling))) {
        if (c->marked) {
            presence_settled(d->host.presence, c->mark);
            c->marked = false;
        }
        if (c->pauses)
            account_pause_told(c->account);
        if (c->shrinks)
            account_shrink_told(c->account);
        if (c->open)
            d->open_count--;
        recycle(d, c);
    }
}

static void take_claim(struct dispatch *d, struct account *a, const struct store_claim *claim) {
    const struct profile *p = config_profile(d->generation->config, claim->profile);
    struct call *c = call_new(call_list_take(&d->recycled), &d->host, a,
                              generation_use(d->generation), p, claim);
    if (p && pieces_are_needed(c)) {
        judge_too_long(c);
        slots_end(d, c);
        return;
    }
    if (p && !d->draining) {
        account_stage(a, &c->staged, clock_boot_ms());
        return;
    }
    judge_unsent(c, NULL); /* without a profile: a reload has taken it away meanwhile */
    slots_end(d, c);
}

static void lost_leases(struct dispatch *d, const struct account *a) {
    log_event(LOG_ERROR, "leases_lost", "account=%s why=\"this process stood still for too long\"",
              a->name);
    d->exit_code = 1;
    dispatch_drain(d);
}

static void take_want(struct dispatch *d, struct account *a, const struct store_want *w) {
    int64_t now_boot_ms = clock_boot_ms();
    account_return(a, w, now_boot_ms);
    gate_raise(d->host.gate, a->id, w->shut_boot_ms, now_boot_ms);
    account_turn_took(a, d->request.took_ms);
    for (size_t i = 0; i < w->claim_count; i++)
        take_claim(d, a, &w->claims[i]);
    if (w->claim_count > 0 && account_has_room(a))
        d->look = true; /* there may be more */
    if (w->lost)
        lost_leases(d, a);
}

static void take_lookups(struct dispatch *d) {
    for (size_t i = 0; i < d->request.account_count; i++) {
        d->lookup_accounts[i]->id = d->lookups[i].id;
        d->look = d->look || d->lookups[i].id != 0;
    }
}

bool turns_take(struct dispatch *d, struct store_thread_request *request) {
    d->said_draining = d->said_draining || d->draining;
    d->removed = request->remove_worker;
    settled(d);
    take_lookups(d);
    generation_drop(d->asked);
    d->asked = NULL;
    bool claimed = false;
    for (size_t i = 0; i < request->turn.want_count; i++) {
        claimed = claimed || d->wants[i].claim_count > 0;
        take_want(d, d->want_accounts[i], &d->wants[i]);
    }
    return claimed;
}
