/* exchange.c: see exchange.h. */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "espeak.h"
#include "play.h"
#include "reply.h"
#include "server.h"
#include "tone.h"
#include "vendor.h"

#define FORCE_HEADER "X-Say-Fault"

static const struct speech_error too_large = {413, "invalid_request_error", NULL, NULL,
                                              "The body is larger than 64 KiB."};
static const struct speech_error no_such_fault = {400, "invalid_request_error", NULL, NULL,
                                                  FORCE_HEADER " names no kind of fault."};
static const struct speech_error overloaded = {503, "server_error", NULL, "overloaded",
                                               "The server is overloaded. Please try again later."};
static const struct speech_error rate_limited = {429, "requests", NULL, "rate_limit_exceeded",
                                                 "Rate limit reached. Please try again later."};
static const struct speech_error over_cap = {429, "requests", NULL, "too_many_concurrent_requests",
                                             "Too many concurrent requests."};

/* --- storage --- */

struct exchange *exchange_new(struct server *server, struct MHD_Connection *connection, int fd) {
    struct exchange *x = ensure_alloc(sizeof *x);
    x->server = server;
    x->connection = connection;
    x->fd = fd;
    x->wait.owner = x;
    wait_watch(server->waiter, &x->wait, connection, fd);
    buf_init(&x->body, EXCHANGE_BODY_BYTES_MAX);
    return x;
}

static void drop_audio(struct exchange *x) {
    if (!x->audio_is_shared)
        free(x->audio.data);
    x->audio = (struct encode_blob){0};
    x->audio_is_shared = false;
}

void exchange_free(struct exchange *x) {
    ASSERT(!x->in_flight);
    wait_unwatch(x->server->waiter, x->fd);
    drop_audio(x);
    speech_release(&x->speech);
    free(x->entry.seen);
    buf_release(&x->body);
    free(x);
}

const char *exchange_content_type(const struct exchange *x) {
    return x->content_type ? x->content_type : encode_content_type(x->speech.format);
}

void exchange_begin(struct exchange *x) {
    ASSERT(!x->in_flight);
    buf_clear(&x->body);
    x->body_bytes = 0;
    x->route = NULL;
    x->stage = EXCHANGE_RECEIVING;
    free(x->entry.seen);
    x->entry = (struct ledger_entry){.fault = ""};
    x->fault = FAULT_NONE;
    x->we_ended = false;
    x->shape_case = NULL;
    x->content_type = NULL;
    x->failure.code = ERR_NONE;
}

bool exchange_receive(struct exchange *x, const char *data, size_t bytes) {
    x->body_bytes += bytes;
    if (x->body_bytes > EXCHANGE_DRAIN_BYTES_MAX)
        return false;
    if (x->body_bytes <= EXCHANGE_BODY_BYTES_MAX)
        return buf_add(&x->body, data, bytes);
    return true; /* read to its end, so that the answer arrives, and refused then */
}

/* --- its events --- */

void exchange_refused(struct exchange *x, unsigned status) {
    x->entry.status = status;
    if (!x->entry.req)
        x->entry.req = ledger_next_req(x->server->ledger);
    ledger_refuse(x->server->ledger, &x->entry);
}

static enum MHD_Result refuse(struct exchange *x, const struct speech_error *error) {
    exchange_refused(x, error->status);
    return reply_error(x, error);
}

static enum MHD_Result refuse_for_now(struct exchange *x, const struct speech_error *error,
                                      const char *fault) {
    x->entry.fault = fault;
    exchange_refused(x, error->status);
    return reply_later(x, error);
}

void exchange_end(struct exchange *x, enum ledger_event event) {
    if (!x->in_flight)
        return;
    x->in_flight = false;
    ledger_end(x->server->ledger, event, &x->entry);
}

void exchange_on_gone(void *owner) {
    exchange_end(owner, LEDGER_GONE);
}

/* The end as MHD saw it. A fault that was played to its end is one, also when the client left over
 * it; an answer that is only framed in an unusual way is an answer. */
void exchange_completed(struct exchange *x, enum MHD_RequestTerminationCode how) {
    bool sent = how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    bool is_answer = x->entry.fault[0] == '\0' || x->fault == FAULT_WAV_UNSIZED;
    if (how == MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN && x->in_flight) {
        x->entry.fault = "shutdown";
        x->we_ended = true;
    }
    if (sent && is_answer)
        exchange_end(x, LEDGER_ANSWERED);
    else if (sent || x->we_ended)
        exchange_end(x, LEDGER_FAULTED);
    else
        exchange_end(x, LEDGER_GONE);
    drop_audio(x);
    speech_release(&x->speech);
}

/* --- making the speech --- */

static bool should_stop(void *arg) {
    const struct exchange *x = arg;
    return wait_is_gone(&x->wait) || pool_is_stopping(x->server->pool);
}

static bool make_sound(struct exchange *x, struct encode_sound *out, struct err *e) {
    const struct server *s = x->server;
    const struct speech *speech = &x->speech;
    if (s->options->engine == ENGINE_TONE) {
        *out = tone_sound(speech->input_chars, s->options->tone_ms_per_char, speech->input_hash);
        return true;
    }
    if (!s->espeak_path[0])
        return err_set(e, ERR_NOT_FOUND, "%s is not there: install the package espeak-ng",
                       s->options->espeak);
    struct espeak_run run = {.input = speech->input,
                             .timeout_ms = ESPEAK_TIMEOUT_MS,
                             .should_stop = should_stop,
                             .arg = x};
    return espeak_speak(&run, s->espeak_path, &speech->voice, speech->speed, out, e);
}

static void make_audio(struct exchange *x) {
    struct encode_sound sound = {0};
    bool done = make_sound(x, &sound, &x->failure) &&
                encode_sound(&sound, x->speech.format, &x->audio, &x->failure);
    ASSERT(done || x->failure.code != ERR_NONE);
    encode_sound_release(&sound);
    if (done && x->shape)
        vendor_dress(x);
}

static void run_job(struct pool_job *job) {
    struct exchange *x = (struct exchange *)(void *)((char *)job - offsetof(struct exchange, job));
    if (should_stop(x))
        err_set(&x->failure, ERR_INTERRUPTED, "stopped");
    else
        make_audio(x);
    wait_worked(x->server->waiter, &x->wait);
}

/* Tones that need no encoder are made on the spot. Returns whether the pool has to. */
static bool needs_pool(struct exchange *x) {
    enum encode_format format = x->speech.format;
    if (!play_needs_audio(x->fault))
        return false;
    if (x->server->fixed[format].data && !x->shape) {
        x->audio = x->server->fixed[format];
        x->audio_is_shared = true;
        return false;
    }
    if (x->server->options->engine != ENGINE_TONE || (format != ENCODE_WAV && format != ENCODE_PCM))
        return true;
    make_audio(x);
    return false;
}

/* --- the answer --- */

static enum MHD_Result answer(struct exchange *x) {
    if (x->failure.code == ERR_NONE)
        return play_answer(x);
    struct speech_error error = {500, "server_error", NULL, "engine_failed", ""};
    snprintf(error.message, sizeof error.message, "%.*s", SPEECH_MESSAGE_BYTES - 1, x->failure.msg);
    x->entry.fault = "engine";
    return reply_error(x, &error);
}

static enum MHD_Result stopping(struct exchange *x) {
    x->entry.fault = "shutdown";
    x->we_ended = true;
    return MHD_NO;
}

/* Accepted: answers now, or waits for the moment and for the speech. */
static enum MHD_Result proceed(struct exchange *x, int64_t latency_us) {
    bool pool = needs_pool(x);
    if (x->fault == FAULT_HANG)
        x->due_us = WAIT_FOREVER;
    else if (latency_us)
        x->due_us = clock_boot_us() + latency_us;
    else if (!pool)
        return answer(x);
    else
        x->due_us = 0;
    x->stage = EXCHANGE_WAITING;
    x->job.run = run_job;
    if (!wait_begin(x->server->waiter, &x->wait, x->due_us, pool))
        return stopping(x);
    if (pool)
        pool_add(x->server->pool, &x->job);
    return MHD_YES;
}

static enum MHD_Result wait_over(struct exchange *x) {
    if (wait_is_gone(&x->wait))
        return MHD_NO;
    if (x->fault == FAULT_HANG || x->failure.code == ERR_INTERRUPTED)
        return stopping(x);
    return answer(x);
}

/* The request's own wish, where that is allowed. false = it names no fault. */
static bool force_fault(struct exchange *x, enum fault_kind *fault) {
    if (!x->server->options->allow_forced_faults)
        return true;
    const char *name = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, FORCE_HEADER);
    return !name || faults_kind_named(name, fault);
}

static void note_speech(struct exchange *x) {
    x->entry.text_hash = x->speech.input_hash;
    x->entry.text = x->speech.input;
    x->entry.text_bytes = x->speech.input_bytes;
}

/* The request is complete: is it good, and what shall become of it? */
static enum MHD_Result decide(struct exchange *x) {
    struct server *s = x->server;
    struct speech_error error;
    x->entry.req = ledger_next_req(s->ledger);
    if (x->body_bytes > EXCHANGE_BODY_BYTES_MAX)
        return refuse(x, &too_large);
    if (x->shape ? !vendor_parse(x, &error)
                 : !speech_parse(buf_str(&x->body), x->body.bytes, &x->speech, &error))
        return refuse(x, &error);
    note_speech(x);
    struct control_verdict verdict = control_decide(s->control, x->entry.req);
    if (!force_fault(x, &verdict.fault))
        return refuse(x, &no_such_fault);
    if (verdict.down)
        return refuse_for_now(x, &overloaded, "down");
    if (verdict.fault == FAULT_REFUSE)
        return refuse_for_now(x, &overloaded, faults_name(FAULT_REFUSE));
    if (verdict.fault == FAULT_LIMIT)
        return refuse_for_now(x, &rate_limited, faults_name(FAULT_LIMIT));
    if (vendor_has_case(x))
        return vendor_play_case(x);
    if (!ledger_accept(s->ledger, &x->entry, verdict.cap))
        return refuse_for_now(x, &over_cap, "cap");
    x->in_flight = true;
    x->fault = verdict.fault;
    x->entry.fault = faults_name(verdict.fault);
    return proceed(x, verdict.latency_us);
}

enum MHD_Result exchange_speak(struct exchange *x) {
    return x->stage == EXCHANGE_WAITING ? wait_over(x) : decide(x);
}
