/* slots.c: see slots.h. In this order: starting, what the end of a call leads to. */
#include "slots.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "judge.h"
#include "publish.h"

#define QUOTED_BYTES 512
#define EXCERPT_PART_BYTES 800 /* of an excerpt, in a log line */

/* ---- starting -------------------------------------------------------------------------------- */

bool slots_may_call(const struct dispatch *d) {
    return !d->draining && !d->store_full && !d->space_low && !d->waited_for_room &&
           d->open_count < d->open_max;
}

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

void slots_end(struct dispatch *d, struct call *c) {
    log_ended(c);
    log_excerpt(c);
    call_list_add(&d->ended, c);
}

/* What an answer, or the lack of a key, says to its account: at once here and, by the shared gate,
 * to the other workers; the store is told by the next turn. An account that cannot be reached
 * begins no call either until the store has judged that. */
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

/* Starts the job on its slot; while a job cannot be started, the next one. */
static void run_slot(struct dispatch *d, struct account *a, struct account_staged *job,
                     int32_t slot_no) {
    struct err e;
    while (job) {
        struct call *c = call_of_staged(job);
        if (call_start(c, slot_no, &e)) {
            c->open = true;
            d->open_count++;
            return;
        }
        if (profile_missing_secret(c->profile)) {
            judge_locked_out(c, e.msg);
            heed(d, c);
        } else {
            judge_unsent(c, e.msg);
        }
        slots_end(d, c);
        job = account_over(a, slot_no, slots_may_call(d), clock_boot_ms());
    }
}

static void unsent(struct dispatch *d, struct account_staged *job) {
    struct call *c = call_of_staged(job);
    judge_unsent(c, NULL);
    slots_end(d, c);
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
void slots_run_idle(struct dispatch *d, struct account *a) {
    struct account_staged *job;
    int32_t slot_no;
    look_at_gate(d, a);
    while ((job = account_begin(a, slots_may_call(d), clock_boot_ms(), &slot_no)))
        run_slot(d, a, job, slot_no);
}

void slots_run_all(struct dispatch *d) {
    for (size_t i = 0; i < d->account_count; i++)
        slots_run_idle(d, d->accounts[i]);
}

void slots_give_back(struct dispatch *d, struct account *a, int64_t age_ms) {
    struct account_staged *job;
    while ((job = account_unstage(a, clock_boot_ms(), age_ms)))
        unsent(d, job);
}

/* ---- a call has ended ------------------------------------------------------------------------ */

static void on_published(struct call *c, bool ok) {
    struct dispatch *d = c->host->arg;
    d->storing_count--;
    if (!ok && c->work_err.code == ERR_SPACE && !d->stopping) {
        log_failure_with(LOG_ERROR, "no_space", &c->work_err, "job=%" PRId64 " attempt=%d",
                         c->claim.job_id, c->claim.attempt_no);
        call_list_add(&d->no_room, c);
        d->waited_for_room = true;
        return;
    }
    judge_published(c, ok);
    slots_end(d, c);
    if (d->waited_for_room && !d->no_room.first) { /* calls may be made again */
        d->waited_for_room = false;
        d->look = true;
    }
}

void slots_store_answer(struct dispatch *d, struct call *c) {
    d->storing_count++;
    publish_begin(d->host.loop, c, on_published);
}

/* The slot first, then the answer; but what may be no success comes before the slot, because it may
 * ask for a pause, and a job that waits for the slot must not run into it. Where the body is looked
 * into, status 200 alone is no success. */
void slots_on_over(void *arg, struct call *c) {
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
        run_slot(d, a, account_over(a, c->slot_no, slots_may_call(d), clock_boot_ms()), c->slot_no);
    if (judged || judge_over(c))
        slots_end(d, c);
    else
        slots_store_answer(d, c);
}
