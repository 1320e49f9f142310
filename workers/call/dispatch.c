/*
 * dispatch.c: see dispatch.h. In this order: lists, slots, ends of calls, turns, their results,
 * time, the life of the whole.
 */
#include "dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "base/log.h"
#include "judge.h"
#include "pieces.h"
#include "publish.h"

#define TICK_MS 100    /* resolution of the deadlines that libcurl does not keep */
#define FROZEN_MS 1000 /* a tick so late means that this process stood still */
#define ACTIVE_MS 1000 /* an account counts as active so long after its last job */
#define AGAIN_MS 1000  /* between tries to store an answer on a full disk */
#define RELOOK_MS 100  /* from a turn to the next that only asks whether the share has grown */
#define RECYCLED_MAX 128
#define QUOTED_BYTES 512
#define EXCERPT_PART_BYTES 800 /* of an excerpt, in a log line */

/* ---- lists ----------------------------------------------------------------------------------- */

static void list_add(struct call_list *l, struct call *c) {
    c->next = NULL;
    if (l->last)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
    l->count++;
}

/* The newest first: what was used last is warm, and what is not needed stays untouched. */
static void list_push(struct call_list *l, struct call *c) {
    c->next = l->first;
    l->first = c;
    if (!l->last)
        l->last = c;
    l->count++;
}

static struct call *list_take(struct call_list *l) {
    struct call *c = l->first;
    if (!c)
        return NULL;
    l->first = c->next;
    if (!l->first)
        l->last = NULL;
    l->count--;
    c->next = NULL;
    return c;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static bool may_call(const struct dispatch *d) {
    return !d->draining && !d->store_full && !d->space_low && !d->waited_for_room &&
           d->open_count < d->open_max;
}

static void tick_start(struct dispatch *d);

static void log_ended(const struct call *c) {
    char why[QUOTED_BYTES];
    enum attempt_outcome outcome = c->settle.outcome;
    enum log_level level =
        outcome == ATTEMPT_FAILED || outcome == ATTEMPT_UNCERTAIN ? LOG_WARNING : LOG_DEBUG;
    log_event(
        level, "call", "job=%" PRId64 " attempt=%d outcome=%s status=%d bytes=%" PRId64 " why=%s",
        c->claim.job_id, c->claim.attempt_no, attempt_outcome_text(outcome), c->settle.http_status,
        c->settle.bytes, log_quote(c->settle.why ? c->settle.why : "", why, sizeof why));
}

/* What the provider said, for who looks closely; the secrets in it are masked already. */
static void log_excerpt(const struct call *c) {
    char part[EXCERPT_PART_BYTES + 1], quoted[2 * sizeof part];
    const char *text = buf_str(&c->answer.excerpt);
    if (c->settle.outcome == ATTEMPT_ANSWERED || c->settle.outcome == ATTEMPT_UNSENT)
        return;
    for (size_t at = 0; at < c->answer.excerpt.bytes; at += EXCERPT_PART_BYTES) {
        (void)snprintf(part, sizeof part, "%s", text + at);
        log_event(LOG_DEBUG, "excerpt", "job=%" PRId64 " attempt=%d at=%zu text=%s",
                  c->claim.job_id, c->claim.attempt_no, at, log_quote(part, quoted, sizeof quoted));
    }
}

static void end_call(struct dispatch *d, struct call *c) {
    log_ended(c);
    log_excerpt(c);
    if (c->claim.piece_no > 0 || c->split_count > 0)
        d->look = true; /* its settle makes the job ready, and no commit of others will say so */
    list_add(&d->ended, c);
}

/* Starts the job on its slot; while a job cannot be started, the next one. */
static void run_slot(struct dispatch *d, struct account *a, struct account_staged *job,
                     int32_t slot_no) {
    struct err e;
    while (job) {
        struct call *c = call_of_staged(job);
        if (call_start(c, slot_no, &e)) {
            c->open = true;
            d->open_count++;
            tick_start(d);
            return;
        }
        judge_unsent(c, e.msg);
        end_call(d, c);
        job = account_over(a, slot_no, may_call(d), clock_boot_ms());
    }
}

static void unsent(struct dispatch *d, struct account_staged *job) {
    struct call *c = call_of_staged(job);
    judge_unsent(c, NULL);
    end_call(d, c);
}

/* What others have said at the shared gate, and what has missed its place in time. */
static void look_at_gate(struct dispatch *d, struct account *a) {
    struct account_staged *job;
    int64_t now_boot_ms = clock_boot_ms();
    a->hint_boot_ms = gate_until(d->host.gate, a->id, now_boot_ms);
    while ((job = account_unstage_late(a, now_boot_ms)))
        unsent(d, job);
}

/* Starts whatever may start on idle slots. */
static void run_idle(struct dispatch *d, struct account *a) {
    struct account_staged *job;
    int32_t slot_no;
    look_at_gate(d, a);
    while ((job = account_begin(a, may_call(d), clock_boot_ms(), &slot_no)))
        run_slot(d, a, job, slot_no);
}

static void run_all(struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        run_idle(d, d->accounts[i]);
}

static void give_back(struct dispatch *d, struct account *a, int64_t age_ms) {
    struct account_staged *job;
    while ((job = account_unstage(a, clock_boot_ms(), age_ms)))
        unsent(d, job);
}

/* ---- a call has ended ------------------------------------------------------------------------ */

static void on_published(struct call *c, bool ok) {
    struct dispatch *d = c->host->arg;
    d->storing_count--;
    if (!ok && c->work_err.code == ERR_SPACE && !d->stopping) {
        log_event(LOG_ERROR, "no_space", "job=%" PRId64 " attempt=%d error=\"%s\"", c->claim.job_id,
                  c->claim.attempt_no, c->work_err.msg);
        list_add(&d->no_room, c);
        d->waited_for_room = true;
        tick_start(d);
        return;
    }
    judge_published(c, ok);
    end_call(d, c);
    if (d->waited_for_room && !d->no_room.first) { /* calls may be made again */
        d->waited_for_room = false;
        d->look = true;
    }
}

static void store_answer(struct dispatch *d, struct call *c) {
    d->storing_count++;
    publish_begin(d->host.loop, c, on_published);
}

/* What an answer says to its account: at once here and, by the shared gate, to the other workers;
 * the store is told by the next turn. An account that cannot be reached begins no call either until
 * the store has judged that. */
static void heed(struct dispatch *d, struct call *c) {
    if (c->heeded)
        return;
    const struct store_settle *x = &c->settle;
    int64_t now_boot_ms = clock_boot_ms();
    bool unreachable = x->news == BREAKER_NEWS_DOWN && x->outcome == ATTEMPT_REFUSED;
    c->heeded = true;
    c->pauses = x->pause_ms > 0 || x->stop || unreachable;
    c->shrinks = x->shrink;
    if (c->pauses)
        account_pause(c->account);
    if (c->shrinks)
        account_shrink(c->account);
    if (x->pause_ms > 0 || x->stop)
        gate_raise(d->host.gate, c->account->id, x->stop ? INT64_MAX : now_boot_ms + x->pause_ms,
                   now_boot_ms);
}

/* The slot first, then the answer; but what may be no success comes before the slot, because it may
 * ask for a pause, and a job that waits for the slot must not run into it. Where the body is looked
 * into, status 200 alone is no success. */
static void on_over(void *arg, struct call *c) {
    struct dispatch *d = arg;
    struct account *a = c->account;
    if (call_was_sent(c))
        account_call_took(a, (double)(clock_boot_us() - c->begun_boot_us) / 1000.0);
    const struct answer *answer = &c->answer;
    bool looked_into = c->profile->decode && (!answer->has_form || answer->has_facts);
    bool is_plain = answer_is_success(answer) && !looked_into && c->profile->ok_count == 0;
    bool judged = !is_plain && judge_over(c);
    if (judged)
        heed(d, c);
    if (call_is_abandoned(c))
        account_abandon(a, c->slot_no);
    else
        run_slot(d, a, account_over(a, c->slot_no, may_call(d), clock_boot_ms()), c->slot_no);
    if (judged || judge_over(c))
        end_call(d, c);
    else
        store_answer(d, c);
}

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
    for (size_t i = 0; (c = list_take(&d->ended)); i++) {
        d->settles[i] = c->settle;
        list_add(&d->settling, c);
    }
    d->request.turn.settles = d->settles;
    d->request.turn.settle_count = count;
    fill_records(d);
}

static void fill_wants(struct dispatch *d) {
    size_t count = 0;
    for (size_t i = 0; i < d->account_count; i++) {
        struct account *a = d->accounts[i];
        bool concerned = account_held(a) > 0 || (d->look && a->wanted && !d->draining);
        if (a->id == 0 || !concerned || count == STORE_TURN_WANTS_MAX)
            continue;
        set_limit(d, a);
        account_lend(a, &d->wants[count], d->generation->longest_ms, d->draining);
        if (!may_call(d))
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

static void begin_turn(struct dispatch *d, bool remove_worker) {
    d->request = (struct store_thread_request){.remove_worker = remove_worker};
    d->request.set_draining = d->draining && !d->said_draining && !remove_worker;
    fill_settles(d);
    fill_wants(d);
    fill_lookups(d);
    d->look = false;
    d->turn_ms = uv_now(d->host.loop);
    d->pending_since_ms = 0;
    d->in_turn = true;
    store_thread_give(d->store, &d->request);
}

/* ---- its result ------------------------------------------------------------------------------ */

static void recycle(struct dispatch *d, struct call *c) {
    call_finish(c);
    if (d->recycled.count < RECYCLED_MAX)
        list_push(&d->recycled, c);
    else
        call_free(c);
}

static void settled(struct dispatch *d) {
    struct call *c;
    while ((c = list_take(&d->settling))) {
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
    char why[STORE_NAME_MAX + 64];
    const struct profile *p = config_profile(d->generation->config, claim->profile);
    struct call *c =
        call_new(list_take(&d->recycled), &d->host, a, generation_use(d->generation), p, claim);
    if (p && pieces_are_needed(c)) {
        judge_too_long(c);
        end_call(d, c);
        return;
    }
    if (p && !d->draining) {
        account_stage(a, &c->staged, clock_boot_ms());
        return;
    }
    (void)snprintf(why, sizeof why, "profile %s is not configured", claim->profile);
    judge_unsent(c, p ? NULL : why);
    end_call(d, c);
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

static void finish(struct dispatch *d) {
    d->finished = true;
    d->on_finished(d->arg, d->exit_code);
}

static void give_up(struct dispatch *d, int exit_code) {
    d->exit_code = exit_code;
    d->leave_open = true;
    finish(d);
}

static void fail(struct dispatch *d, const struct err *e) {
    log_event(LOG_ERROR, "store_failed", "error=\"%s\"", e->msg);
    give_up(d, err_exit_code(e->code));
}

void dispatch_on_done(void *arg, struct store_thread_request *request) {
    struct dispatch *d = arg;
    d->in_turn = false;
    if (!request->ok) {
        fail(d, &request->err);
        return;
    }
    d->said_draining = d->said_draining || d->draining;
    d->removed = request->remove_worker;
    settled(d);
    take_lookups(d);
    bool claimed = false;
    for (size_t i = 0; i < request->turn.want_count; i++) {
        claimed = claimed || d->wants[i].claim_count > 0;
        take_want(d, d->want_accounts[i], &d->wants[i]);
    }
    if (claimed)
        FAULT_POINT("claimed");
    if (request->said_again) { /* what the first try may have claimed, only the keeper can tell */
        d->leave_open = true;
        d->exit_code = 1;
        dispatch_drain(d);
    }
    run_all(d);
    tick_start(d);
}

/* ---- when a turn is due ---------------------------------------------------------------------- */

static bool is_empty(const struct dispatch *d) {
    if (d->host.running_count > 0 || d->storing_count > 0 || d->ended.first || d->no_room.first)
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (account_held(d->accounts[i]) > 0 || d->accounts[i]->staged > 0)
            return false;
    return true;
}

static bool has_unknown_account(const struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && d->accounts[i]->id == 0)
            return true;
    return false;
}

static bool could_claim(const struct dispatch *d) {
    if (!may_call(d))
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && account_has_room(d->accounts[i]))
            return true;
    return false;
}

static bool is_due_now(const struct dispatch *d) {
    if (d->look && (could_claim(d) || has_unknown_account(d)))
        return true;
    for (size_t i = 0; i < d->account_count; i++)
        if (account_is_starving(d->accounts[i]) || (d->draining && d->accounts[i]->idle_count > 0))
            return true;
    return d->draining && (d->ended.first || !d->said_draining);
}

/* Could more calls be made if the share were larger than the last turn said, or fewer, because the
 * gate has been closed? */
static bool could_grow(const struct dispatch *d) {
    if (!may_call(d))
        return false;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->wanted && (account_held(d->accounts[i]) < d->accounts[i]->calls_max ||
                                       d->accounts[i]->staged > 0))
            return true;
    return false;
}

static void on_relook(uv_timer_t *timer) {
    (void)timer; /* on_prepare decides */
}

/* Others have committed while this worker has all it may have. Mostly that was their daily work;
 * but the cap may have been raised, a worker may be gone, the excess over a lowered cap be over,
 * and only a turn can tell. So a turn follows, but not one for each of their commits. */
static bool is_due_again(struct dispatch *d) {
    if (!d->look || !could_grow(d))
        return false;
    uint64_t waited_ms = uv_now(d->host.loop) - d->turn_ms;
    if (waited_ms >= RELOOK_MS)
        return true;
    if (!uv_is_active((uv_handle_t *)&d->relook))
        (void)uv_timer_start(&d->relook, on_relook, RELOOK_MS - waited_ms, 0);
    return false;
}

static bool is_due_soon(const struct dispatch *d) {
    if (d->ended.first)
        return true;
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->fresh)
            return true;
    return false;
}

static void on_gathered(uv_timer_t *timer) {
    (void)timer; /* on_prepare decides */
}

static uint64_t gather_ms(const struct dispatch *d) {
    int64_t least = ACCOUNT_GATHER_MAX_MS;
    for (size_t i = 0; i < d->account_count; i++) {
        const struct account *a = d->accounts[i];
        int64_t ms = account_gather_ms(a);
        if (account_held(a) > 0 && ms < least)
            least = ms;
    }
    return (uint64_t)least;
}

/* True when enough time has passed since the first thing to be told; else makes sure to come back.
 */
static bool has_gathered(struct dispatch *d) {
    uint64_t now_ms = uv_now(d->host.loop);
    if (d->pending_since_ms == 0)
        d->pending_since_ms = now_ms;
    uint64_t waited_ms = now_ms - d->pending_since_ms, most_ms = gather_ms(d);
    if (waited_ms >= most_ms)
        return true;
    if (!uv_is_active((uv_handle_t *)&d->gather))
        (void)uv_timer_start(&d->gather, on_gathered, most_ms - waited_ms, 0);
    return false;
}

static void on_pace(uv_timer_t *timer) {
    run_all(timer->data);
}

/* Wakes the loop for the staged job whose time comes first. */
static void set_pace(struct dispatch *d) {
    int64_t first = INT64_MAX, now_boot_ms = clock_boot_ms();
    for (size_t i = 0; i < d->account_count; i++) {
        int64_t at = account_begins_at(d->accounts[i]);
        if (at > now_boot_ms && at < first)
            first = at;
    }
    if (first == INT64_MAX)
        (void)uv_timer_stop(&d->pace);
    else
        (void)uv_timer_start(&d->pace, on_pace, (uint64_t)(first - now_boot_ms), 0);
}

static void on_prepare(uv_prepare_t *prepare) {
    struct dispatch *d = prepare->data;
    set_pace(d);
    if (!d->started || d->in_turn || d->finished)
        return;
    if (d->draining && is_empty(d)) {
        if (d->removed || d->leave_open)
            finish(d);
        else
            begin_turn(d, true);
        return;
    }
    if (is_due_now(d) || (is_due_soon(d) && has_gathered(d)) || is_due_again(d))
        begin_turn(d, false);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void check_running(struct dispatch *d) {
    int64_t now_boot_ms = clock_boot_ms();
    for (struct call *c = d->host.running, *next; c; c = next) {
        next = c->next;
        call_check_time(c, now_boot_ms);
    }
}

/* After standing still, answers may wait in the sockets: they are read before time is judged. */
static void forgive_silence(struct dispatch *d) {
    for (struct call *c = d->host.running; c; c = c->next)
        c->last_byte_ms = uv_now(d->host.loop);
}

static void check_staged(struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++) {
        struct account *a = d->accounts[i];
        if (a->staged == 0)
            continue;
        give_back(d, a, account_staged_max_ms(a));
        run_idle(d, a);
        account_refresh(a);
    }
}

static void store_again(struct dispatch *d) {
    if (uv_now(d->host.loop) - d->retried_ms < AGAIN_MS)
        return;
    d->retried_ms = uv_now(d->host.loop);
    struct call_list waiting = d->no_room;
    d->no_room = (struct call_list){0};
    struct call *c;
    while ((c = list_take(&waiting)))
        store_answer(d, c);
}

static bool is_idle(const struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        if (d->accounts[i]->staged > 0)
            return false;
    return d->host.running_count == 0 && !d->no_room.first;
}

static void on_tick(uv_timer_t *timer) {
    struct dispatch *d = timer->data;
    uint64_t now_ms = uv_now(d->host.loop);
    bool frozen = now_ms - d->ticked_ms > FROZEN_MS;
    d->ticked_ms = now_ms;
    if (frozen)
        forgive_silence(d);
    else
        check_running(d);
    check_staged(d);
    store_again(d);
    if (is_idle(d))
        (void)uv_timer_stop(timer);
}

static void tick_start(struct dispatch *d) {
    if (uv_is_active((uv_handle_t *)&d->tick) || is_idle(d))
        return;
    d->ticked_ms = uv_now(d->host.loop);
    (void)uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
}

void dispatch_beat(struct dispatch *d) {
    d->look = d->look || has_unknown_account(d);
}

/* ---- the life of the whole ------------------------------------------------------------------- */

static struct account *find_account(const struct dispatch *d, const char *name) {
    for (size_t i = 0; i < d->account_count; i++)
        if (strcmp(d->accounts[i]->name, name) == 0)
            return d->accounts[i];
    return NULL;
}

/* Accounts that the profiles use; those that no profile uses any more stay for what is in flight.
 */
static void adopt_accounts(struct dispatch *d) {
    const struct config *config = d->generation->config;
    for (size_t i = 0; i < d->account_count; i++)
        d->accounts[i]->wanted = false;
    for (size_t i = 0; i < config->profile_count; i++) {
        struct account *a = find_account(d, config->profiles[i]->account);
        if (!a && d->account_count < CONFIG_ACCOUNTS_MAX) {
            a = ensure_alloc(sizeof *a);
            account_init(a, config->profiles[i]->account, d->calls_max);
            d->accounts[d->account_count++] = a;
        }
        if (a)
            a->wanted = true;
    }
}

void dispatch_open(struct dispatch *d, uv_loop_t *loop, struct generation *generation,
                   int32_t calls_max, void (*on_finished)(void *arg, int exit_code), void *arg) {
    d->generation = generation;
    d->calls_max = calls_max;
    d->on_finished = on_finished;
    d->arg = arg;
    d->host.loop = loop;
    d->host.on_over = on_over;
    d->host.arg = d;
    adopt_accounts(d);
    int rc = uv_prepare_init(loop, &d->prepare);
    ASSERT(rc == 0);
    rc = uv_timer_init(loop, &d->gather);
    ASSERT(rc == 0);
    rc = uv_timer_init(loop, &d->tick);
    ASSERT(rc == 0);
    rc = uv_timer_init(loop, &d->relook);
    ASSERT(rc == 0);
    rc = uv_timer_init(loop, &d->pace);
    ASSERT(rc == 0);
    d->prepare.data = d->gather.data = d->tick.data = d->relook.data = d->pace.data = d;
    rc = uv_prepare_start(&d->prepare, on_prepare);
    ASSERT(rc == 0);
}

void dispatch_close(struct dispatch *d) {
    struct call *c;
    uv_close((uv_handle_t *)&d->prepare, NULL);
    uv_close((uv_handle_t *)&d->gather, NULL);
    uv_close((uv_handle_t *)&d->tick, NULL);
    uv_close((uv_handle_t *)&d->relook, NULL);
    uv_close((uv_handle_t *)&d->pace, NULL);
    while ((c = list_take(&d->recycled)))
        call_free(c);
    for (size_t i = 0; i < d->account_count; i++) {
        account_release(d->accounts[i]);
        free(d->accounts[i]);
    }
    free(d->settles);
    free(d->records);
    free((void *)d->results);
    generation_drop(d->generation);
}

void dispatch_on_started(struct dispatch *d, bool ok, int exit_code) {
    d->started = ok;
    d->look = true;
    if (!ok)
        give_up(d, exit_code);
}

void dispatch_on_look(void *arg) {
    struct dispatch *d = arg;
    d->look = true;
}

void dispatch_on_space(void *arg, bool missing) {
    struct dispatch *d = arg;
    d->store_full = missing;
    if (missing && d->stopping)
        store_thread_give_up(d->store);
    d->look = d->look || !missing;
}

void dispatch_set_space_low(struct dispatch *d, bool low) {
    d->space_low = low;
    d->look = d->look || !low;
}

void dispatch_reload(struct dispatch *d, struct generation *generation) {
    generation_drop(d->generation);
    d->generation = generation;
    adopt_accounts(d);
    d->look = true;
}

void dispatch_drain(struct dispatch *d) {
    if (d->draining)
        return;
    d->draining = true;
    for (size_t i = 0; i < d->account_count; i++)
        give_back(d, d->accounts[i], 0);
}

void dispatch_stop(struct dispatch *d) {
    struct call *c;
    dispatch_drain(d);
    d->stopping = true;
    while (d->host.running)
        call_abort(d->host.running, TRANSPORT_ABORT_STOP);
    while ((c = list_take(&d->no_room))) {
        judge_published(c, false);
        end_call(d, c);
    }
    if (d->store_full)
        store_thread_give_up(d->store);
}
