/*
 * call.c: see call.h.
 *
 * The order that keeps P4: the claim is durable, then presence says "sent", then the first byte may
 * leave. libcurl asks on_before_send before each sending, also on a kept connection and also when
 * it repeats a request by itself because that connection died: the second time the answer is no.
 */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "base/random.h"
#include "base/utf8.h"
#include "loop.h"
#include "text/split.h"

/* ---- life ------------------------------------------------------------------------------------ */

static struct call *call_blank(void) {
    struct call *c = ensure_alloc(sizeof *c);
    *c = (struct call){.slot_no = -1};
    answer_init(&c->answer);
    request_init(&c->request);
    return c;
}

struct call *call_new(struct call *recycled, struct call_host *host, struct account *account,
                      struct generation *generation, const struct profile *profile,
                      const struct store_claim *claim) {
    struct call *c = recycled ? recycled : call_blank();
    c->host = host;
    c->account = account;
    c->generation = generation;
    c->profile = profile;
    c->claim = *claim;
    c->slot_no = -1;
    c->abort = TRANSPORT_NOT_ABORTED;
    c->sends = 0;
    c->guarded = c->refused_address = c->audio_too_long = false;
    c->fetch_tries = 0;
    c->fetch_again_ms = 0;
    c->open = c->pauses = c->shrinks = c->heeded = false;
    c->started_ms = c->ended_ms = 0;
    c->result = (struct store_result){.duration_ms = -1};
    c->path[0] = '\0';
    c->code = CURLE_OK;
    c->work_err = (struct err){.code = ERR_NONE};
    c->detail[0] = c->audio_problem[0] = '\0';
    c->audio = (struct audio_facts){.duration_ms = -1};
    c->staged.longest_ms = profile ? profile->timeout_total_ms : 0;
    c->staged.start_boot_ms = claim->start_boot_ms;
    c->staged.latest_boot_ms = claim->latest_boot_ms;
    c->staged.probe = claim->probe;
    return c;
}

void call_finish(struct call *c) {
    PRE(!c->wire && !c->marked);
    free(c->claim.text);
    free(c->claim.voice);
    free(c->claim.prev_text);
    free(c->claim.next_text);
    c->claim.text = c->claim.voice = c->claim.prev_text = c->claim.next_text = NULL;
    free(c->split_ends);
    c->split_ends = NULL;
    c->split_count = 0;
    generation_drop(c->generation);
    c->generation = NULL;
    c->profile = NULL;
    answer_clear(&c->answer);
    if (c->request.body.room > CALL_KEEP_BYTES)
        request_release(&c->request);
}

void call_free(struct call *c) {
    request_release(&c->request);
    answer_release(&c->answer);
    free(c);
}

static void running_add(struct call *c) {
    struct call_host *h = c->host;
    c->previous = NULL;
    c->next = h->running;
    if (h->running)
        h->running->previous = c;
    h->running = c;
    h->running_count++;
}

static void running_remove(struct call *c) {
    struct call_host *h = c->host;
    if (c->previous)
        c->previous->next = c->next;
    else
        h->running = c->next;
    if (c->next)
        c->next->previous = c->previous;
    c->next = c->previous = NULL;
    h->running_count--;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* Renders with what is to be spoken: of a piece, its text without the white space at its ends. */
static bool render(struct call *c, struct err *e) {
    size_t at = 0, bytes = c->claim.text_bytes;
    if (c->claim.piece_no > 0)
        split_trim(c->claim.text, &at, &bytes);
    char *text = c->claim.text + at, behind = text[bytes];
    text[bytes] = '\0';
    struct request_input in = {.text = text,
                               .voice = c->claim.voice,
                               .prev_text = c->claim.prev_text,
                               .next_text = c->claim.next_text,
                               .job_id = c->claim.job_id,
                               .seq = c->claim.seq,
                               .attempt_no = c->claim.attempt_no,
                               .random = {random_u64(), random_u64()}};
    request_clear(&c->request);
    bool ok = request_render(&c->request, c->profile, &in, e);
    if (ok)
        c->speakable =
            c->profile->audio_min_ms_per_char > 0 ? utf8_count_speakable(text, bytes) : 0;
    text[bytes] = behind;
    return ok;
}

static void begin_answer(struct call *c) {
    const struct fact_names *headers = &c->profile->wanted.headers;
    struct answer_limits limits = {.plan = c->profile->decode,
                                   .wanted_headers = (const char *const *)headers->names,
                                   .wanted_count = headers->count,
                                   .row_bytes_max = c->host->row_bytes_max,
                                   .response_bytes_max = c->profile->response_bytes_max,
                                   .results_fd = c->host->results_fd};
    answer_begin(&c->answer, &limits);
}

/* A URL that a job brought may not lead just anywhere. */
static bool guard_request(struct call *c, struct err *e) {
    if (!guard_is_needed(c->profile))
        return true;
    struct guard_policy policy = {.allow = c->profile->allow, .http = true};
    c->guarded = guard_url(&c->guard, &policy, buf_str(&c->request.url), e);
    return c->guarded || err_prefix(e, "the text is no URL to be asked");
}

static bool load_and_add(struct call *c, struct err *e) {
    c->wire = wire_take(&c->host->wires, c);
    if (wire_load(c->wire, c->profile, &c->request, c->guarded ? &c->guard : NULL, e) &&
        multi_loop_add(c->host->multi, c->wire->easy, e))
        return true;
    wire_put(&c->host->wires, c->wire);
    c->wire = NULL;
    return false;
}

bool call_start(struct call *c, int32_t slot_no, struct err *e) {
    PRE(c->profile && !c->wire);
    if (!render(c, e) || !guard_request(c, e))
        return false;
    begin_answer(c);
    c->slot_no = slot_no;
    c->begun_boot_us = clock_boot_us();
    c->deadline_boot_ms =
        (c->begun_boot_us + 999) / 1000 + c->profile->timeout_total_ms; /* not before */
    c->last_byte_ms = loop_now_ms(c->host);
    if (!load_and_add(c, e))
        return false;
    running_add(c);
    return true;
}

bool call_asks_otherwise(const struct call *c) {
    const struct store_claim *claim = &c->claim;
    return claim->shares &&
           (!c->profile->shares ||
            memcmp(claim->fingerprint, c->profile->fingerprint, sizeof claim->fingerprint) != 0);
}

static size_t mark(const struct call *c) {
    return presence_sent(c->host->presence,
                         &(struct presence_mark){.job_id = c->claim.job_id,
                                                 .account_id = c->account->id,
                                                 .over_by_boot_ms = c->deadline_boot_ms,
                                                 .attempt_no = c->claim.attempt_no,
                                                 .slot_no = c->slot_no,
                                                 .asked_otherwise = call_asks_otherwise(c)});
}

/* ---- what libcurl asks while it runs: nothing here may call libcurl -------------------------- */

static int on_before_send(void *arg, char *ip, char *local_ip, int port, int local_port) {
    (void)local_ip, (void)port, (void)local_port;
    struct call *c = ((struct wire *)arg)->owner;
    if (c->guarded && !guard_ip(&c->guard, ip)) {
        c->refused_address = true;
        c->abort = TRANSPORT_ABORT_UNSENT;
        return CURL_PREREQFUNC_ABORT;
    }
    c->refused_address = false; /* another address of the host was good */
    if (c->answer.is_fetching)
        return CURL_PREREQFUNC_OK; /* the call was sent long ago, and a GET may be repeated */
    if (++c->sends > 1) {
        c->abort = TRANSPORT_ABORT_RESENT;
        return CURL_PREREQFUNC_ABORT;
    }
    c->mark = mark(c);
    int64_t now_boot_ms = clock_boot_ms();
    c->account->hint_boot_ms = gate_until(c->host->gate, c->account->id, now_boot_ms);
    if (!account_may_send(c->account, c->staged.probe, c->deadline_boot_ms, now_boot_ms)) {
        presence_settled(c->host->presence, c->mark);
        c->abort = TRANSPORT_ABORT_UNSENT;
        return CURL_PREREQFUNC_ABORT;
    }
    c->marked = true;
    c->host->marked_count++;
    c->started_ms = clock_wall_ms();
    c->last_byte_ms = loop_now_ms(c->host);
    FAULT_POINT("before_send");
    return CURL_PREREQFUNC_OK;
}

static bool goes_on(struct call *c, enum transport_abort abort) {
    c->last_byte_ms = loop_now_ms(c->host);
    if (abort == TRANSPORT_NOT_ABORTED)
        return true;
    c->abort = abort;
    return false;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg) {
    struct call *c = ((struct wire *)arg)->owner;
    if (c->answer.header_count == 0)
        FAULT_POINT("after_send");
    return goes_on(c, answer_header(&c->answer, data, size * count)) ? size * count : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg) {
    struct call *c = ((struct wire *)arg)->owner;
    return goes_on(c, answer_body(&c->answer, data, size * count)) ? size * count : 0;
}

static bool may_open(void *arg, const struct sockaddr *address) {
    struct call *c = ((struct wire *)arg)->owner;
    bool may = guard_address(&c->guard, address);
    c->refused_address = c->refused_address || !may;
    return may;
}

const struct wire_callbacks call_callbacks = {on_before_send, on_header, on_body, may_open};

/* ---- end ------------------------------------------------------------------------------------- */

/* Equal failures read, and are grouped, as equal: how long one took stands in its attempt. */
static void drop_time(char *words) {
    static const char before[] = " after ", behind[] = " ms";
    char *at = strstr(words, before);
    if (!at)
        return;
    const char *rest = at + strlen(before);
    rest += strspn(rest, "0123456789");
    if (strncmp(rest, behind, strlen(behind)) == 0)
        memmove(at, rest + strlen(behind), strlen(rest + strlen(behind)) + 1);
}

/* libcurl says again what the end of the transfer says already (provider/outcome.h). */
static void drop_repeats(char *words) {
    static const char *const before[] = {"Failed to connect to ", "Could not resolve host: "};
    static const char *const behind[] = {": Couldn't connect to server",
                                         ": Could not connect to server"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t bytes = strlen(before[i]);
        if (strncmp(words, before[i], bytes) == 0)
            memmove(words, words + bytes, strlen(words + bytes) + 1);
    }
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        char *at = strstr(words, behind[i]);
        if (at && at[strlen(behind[i])] == '\0')
            *at = '\0';
    }
}

/* The transport's words; of an answer that points elsewhere, the host that it points to. */
static void keep_detail(struct call *c) {
    const char *url = NULL, *host;
    size_t bytes;
    (void)snprintf(c->detail, sizeof c->detail, "%s", c->wire->error);
    drop_time(c->detail);
    drop_repeats(c->detail);
    if (c->answer.status / 100 == 3 &&
        curl_easy_getinfo(c->wire->easy, CURLINFO_REDIRECT_URL, &url) == CURLE_OK && url &&
        request_url_authority(url, &host, &bytes))
        (void)snprintf(c->detail, sizeof c->detail, "%.*s", (int)bytes, host);
}

/* The transfer, if there was one, has left the multi: the connection is idle again or closed. */
static void over(struct call *c, CURLcode code) {
    if (c->wire) {
        keep_detail(c);
        wire_put(&c->host->wires, c->wire);
        c->wire = NULL;
    }
    c->code = code;
    if (fetch_goes_on(c, code))
        return;
    call_end(c);
}

void call_end(struct call *c) {
    c->ended_ms = clock_wall_ms();
    if (c->marked && !call_is_abandoned(c))
        presence_over(c->host->presence, c->mark);
    running_remove(c);
    FAULT_POINT("call_over");
    c->host->on_over(c->host->arg, c);
}

void call_on_end(void *arg, void *private_pointer, CURL *easy, CURLcode code) {
    (void)arg;
    struct wire *w = private_pointer;
    ASSERT(w->easy == easy);
    over(w->owner, code);
}

void call_abort(struct call *c, enum transport_abort why) {
    c->abort = why;
    if (c->wire)
        multi_loop_abort(c->host->multi, c->wire->easy);
    over(c, CURLE_ABORTED_BY_CALLBACK);
}

void call_check_time(struct call *c, int64_t now_boot_ms) {
    int64_t silent_ms = (int64_t)(loop_now_ms(c->host) - c->last_byte_ms);
    const struct profile *p = c->profile;
    bool begun = c->answer.is_fetching ? c->answer.fetch_status != 0 : c->answer.status != 0;
    int64_t limit_ms = begun ? p->timeout_stall_ms : p->timeout_first_byte_ms;
    if (now_boot_ms > c->deadline_boot_ms)
        call_abort(c, TRANSPORT_ABORT_TIMEOUT);
    else if (c->fetch_again_ms > 0)
        fetch_check_time(c);
    else if (call_was_sent(c) && limit_ms > 0 && silent_ms > limit_ms)
        call_abort(c, begun ? TRANSPORT_ABORT_STALL : TRANSPORT_ABORT_FIRST_BYTE);
}
