/* fetch.c: see fetch.h. */
#include "fetch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "call.h"
#include "loop.h"

#define NO_TIME_MS 100 /* with less than this left no try is begun */

static bool give_up(struct call *c, const char *what, const char *detail) {
    (void)snprintf(c->answer.problem, sizeof c->answer.problem, "%s%s%.400s", what,
                   *detail ? ": " : "", detail);
    c->abort = TRANSPORT_NOT_ABORTED; /* the call itself was answered */
    c->code = CURLE_OK;
    c->fetch_again_ms = 0;
    return false;
}

static int64_t left_ms(const struct call *c) {
    return c->deadline_boot_ms - clock_boot_ms();
}

static bool begin(struct call *c) {
    struct err e;
    c->fetch_again_ms = 0;
    c->fetch_tries++;
    c->refused_address = false;
    c->last_byte_ms = loop_now_ms(c->host);
    answer_fetch(&c->answer);
    c->wire = wire_take(&c->host->wires, c);
    if (wire_load_fetch(c->wire, c->profile, answer_url(&c->answer), left_ms(c), &e) &&
        multi_loop_add(c->host->multi, c->wire->easy, &e))
        return true;
    wire_put(&c->host->wires, c->wire);
    c->wire = NULL;
    return give_up(c, "the audio could not be fetched", e.msg);
}

static bool begin_first(struct call *c) {
    struct err e;
    struct guard_policy policy = {.allow = c->profile->allow, .loopback = c->profile->loopback};
    if (guard_url(&c->guard, &policy, answer_url(&c->answer), &e)) {
        c->guarded = true;
        return begin(c);
    }
    c->answer.problem_stays = true;
    return give_up(c, "the audio's URL is not to be asked", e.msg);
}

static bool again(struct call *c, const char *why) {
    int64_t pause_ms = FETCH_PAUSE_MS << (2 * (c->fetch_tries - 1));
    if (c->fetch_tries >= FETCH_TRIES_MAX || left_ms(c) < pause_ms + NO_TIME_MS)
        return give_up(c, "the audio could not be fetched", why);
    c->abort = TRANSPORT_NOT_ABORTED;
    c->fetch_again_ms = loop_now_ms(c->host) + (uint64_t)pause_ms;
    return true;
}

static bool is_passing(int status) {
    return status >= 500 || status == 408 || status == 425 || status == 429;
}

/* A GET has ended. */
static bool judge(struct call *c, CURLcode code) {
    char why[64];
    int status = c->answer.fetch_status;
    if (code == CURLE_OK && status == 200)
        return false;
    if (code != CURLE_OK && c->refused_address) {
        c->answer.problem_stays = true;
        return give_up(c, "the audio's URL leads to no public address", "");
    }
    if (code != CURLE_OK)
        return again(c, transport_end_text(transport_end_of(code, c->abort, true, status != 0)));
    (void)snprintf(why, sizeof why, "its URL answers HTTP %d", status);
    return is_passing(status) ? again(c, why) : give_up(c, "the audio could not be fetched", why);
}

bool fetch_goes_on(struct call *c, CURLcode code) {
    bool ours = c->abort == TRANSPORT_ABORT_STOP || c->abort == TRANSPORT_ABORT_TOO_LARGE ||
                c->abort == TRANSPORT_ABORT_STORAGE;
    if (ours)
        return false;
    if (c->answer.is_fetching)
        return judge(c, code);
    if (code != CURLE_OK || !answer_is_success(&c->answer) || !c->profile->decode ||
        answer_end(&c->answer) != TRANSPORT_NOT_ABORTED)
        return false;
    return answer_url(&c->answer) && begin_first(c);
}

void fetch_check_time(struct call *c) {
    if (c->fetch_again_ms == 0 || loop_now_ms(c->host) < c->fetch_again_ms)
        return;
    if (!begin(c))
        call_end(c);
}
