/*
 * provider.c: who is called. It works on though nobody listens any more, as long as a connection or
 * its account's linger lets it, and what it has seen is the truth that audit.c goes by.
 */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "sim.h"

#define LINGER_MS 1500 /* as the accounts are configured (settings.c) */
#define REQUEST_TEXT_AT 2
#define LATE_US (2 * US_PER_MS) /* deadlines are in whole milliseconds, rounded up */
#define LATE_CALL_US 4000000    /* timeout.total_ms of settings.c */
#define AUDIO_HEADER 44

static double trouble;   /* of this run: how often an answer is none */
static int64_t usual_us; /* how long a call takes */
static int in_flight[SIM_ACCOUNTS];

void sim_provider_begin(void) {
    static const double troubles[] = {0, 0.02, 0.1, 0.3, 0.6};
    static const int64_t lengths_us[] = {20000, 80000, 300000, 1200000};
    trouble = troubles[sim_between(0, 4)];
    usual_us = lengths_us[sim_between(0, 3)];
    memset(in_flight, 0, sizeof in_flight);
}

int sim_in_flight(int account) {
    return in_flight[account];
}

bool sim_is_billed(enum sim_fate fate) {
    return fate == FATE_ANSWER || fate == FATE_CUT || fate == FATE_RESET || fate == FATE_SILENT ||
           fate == FATE_STALL || fate == FATE_RESENT;
}

enum sim_fate sim_provider_fate(void) {
    bool bad = sim_chance(trouble);
    enum sim_fate fate = (enum sim_fate)sim_between(1, FATE_COUNT - 1);
    return bad && !sim_healed && sim_plan.faults & 1u << SIM_ANSWER ? fate : FATE_ANSWER;
}

/* ---- audio: what a text becomes, and nothing else does --------------------------------------- */

static void put(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

size_t sim_audio(const char *text, unsigned char out[SIM_AUDIO_MAX]) {
    uint64_t h = UINT64_C(1469598103934665603);
    for (const char *c = text; *c; c++)
        h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    uint32_t samples = 100 + (uint32_t)(h % 800), bytes = 2 * samples;
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put(out + 4, 36 + bytes, 4);
    put(out + 16, 16, 4);
    put(out + 20, 1, 2);
    put(out + 22, 1, 2);
    put(out + 24, 8000, 4);
    put(out + 28, 16000, 4);
    put(out + 32, 2, 2);
    put(out + 34, 16, 2);
    memcpy(out + 36, "data", 4);
    put(out + 40, bytes, 4);
    for (uint32_t i = 0; i < samples; i++) {
        h = h * UINT64_C(6364136223846793005) + 1442695040888963407u;
        put(out + AUDIO_HEADER + 2 * i, (uint32_t)(h >> 40), 2);
    }
    return AUDIO_HEADER + bytes;
}

/* ---- the worker's end ------------------------------------------------------------------------ */

static struct sim_worker *worker_of(const struct sim_call *c) {
    return sim_worker_of(((const struct call *)c->wire->owner)->host);
}

static void end(struct sim_call *c, CURLcode code) {
    struct sim_worker *w = worker_of(c);
    struct wire *wire = c->wire;
    c->wire = NULL;
    call_on_end(NULL, wire, wire->easy, code);
    sim_worker_step(w);
}

static bool header(struct sim_call *c, const char *line) {
    char copy[160];
    size_t bytes = (size_t)snprintf(copy, sizeof copy, "%s\r\n", line);
    return call_callbacks.on_header(copy, 1, bytes, c->wire) == bytes;
}

static bool body(struct sim_call *c, const void *data, size_t bytes) {
    char copy[SIM_AUDIO_MAX];
    memcpy(copy, data, bytes);
    return call_callbacks.on_body(copy, 1, bytes, c->wire) == bytes;
}

static bool head(struct sim_call *c, const char *status, const char *type, const char *more) {
    return header(c, status) && header(c, type) && (!more || header(c, more)) && header(c, "");
}

static const struct words {
    const char *status, *type, *more, *body;
} words[FATE_COUNT] = {
    [FATE_WAIT] = {"HTTP/1.1 429 Slow down", "content-type: text/plain", "retry-after: 2", "wait"},
    [FATE_TOO_MANY] = {"HTTP/1.1 429 Too many", "content-type: text/plain", "x-many: 1", "many"},
    [FATE_ERROR] = {"HTTP/1.1 500 Sorry", "content-type: text/plain", NULL, "error"},
    [FATE_DOWN] = {"HTTP/1.1 503 Down", "content-type: text/plain", NULL, "down"},
    [FATE_NEVER] = {"HTTP/1.1 400 No", "content-type: text/plain", NULL, "no"},
    [FATE_TOO_LONG] = {"HTTP/1.1 413 Long", "content-type: text/plain", NULL, "long"},
    [FATE_PAGE] = {"HTTP/1.1 200 OK", "content-type: text/html", NULL, "<html>welcome"},
};

static bool audio(struct sim_call *c, bool whole) {
    unsigned char bytes[SIM_AUDIO_MAX];
    size_t count = sim_audio(c->text, bytes);
    char length[48];
    (void)snprintf(length, sizeof length, "content-length: %zu", count);
    return head(c, "HTTP/1.1 200 OK", "content-type: audio/wav", length) &&
           body(c, bytes, whole ? count : count / 2);
}

/* What was sent arrives. */
static void on_answer(void *arg, int64_t number) {
    struct sim_call *c = arg;
    (void)number;
    if (!c->wire)
        return;
    switch (c->fate) {
    case FATE_ANSWER:
        end(c, audio(c, true) ? CURLE_OK : CURLE_WRITE_ERROR);
        return;
    case FATE_WAIT:
    case FATE_TOO_MANY:
    case FATE_ERROR:
    case FATE_DOWN:
    case FATE_NEVER:
    case FATE_TOO_LONG:
    case FATE_PAGE:
        end(c, head(c, words[c->fate].status, words[c->fate].type, words[c->fate].more) &&
                       body(c, words[c->fate].body, strlen(words[c->fate].body))
                   ? CURLE_OK
                   : CURLE_WRITE_ERROR);
        return;
    case FATE_CUT:
        end(c, audio(c, false) ? CURLE_PARTIAL_FILE : CURLE_WRITE_ERROR);
        return;
    case FATE_RESENT: { /* libcurl saw a kept connection die, and asks whether it may send again */
        char address[] = "127.0.0.1";
        (void)call_callbacks.on_before_send(c->wire, address, address, 80, 80);
        end(c, CURLE_ABORTED_BY_CALLBACK);
        return;
    }
    case FATE_RESET:
        end(c, CURLE_RECV_ERROR);
        return;
    case FATE_STALL:
        (void)audio(c, false);
        sim_worker_step(worker_of(c));
        return;
    case FATE_SILENT:
    case FATE_UNREACHED:
    case FATE_COUNT:
        return;
    }
}

/* ---- the provider's end ---------------------------------------------------------------------- */

static void on_over(void *arg, int64_t number) {
    struct sim_call *c = arg;
    (void)number;
    if (c->over)
        return;
    c->over = true;
    in_flight[c->account]--;
    sim_say("provider: job %lld attempt %d over", (long long)c->job_id, c->attempt_no);
    if (c->wire && c->fate != FATE_STALL)
        sim_after(c->process, sim_between(100, 30000), on_answer, c, 0);
}

static int64_t length_us(const struct sim_call *c) {
    if (c->fate == FATE_SILENT || c->fate == FATE_STALL)
        return c->over_by_us; /* as long as it may */
    if (c->fate >= FATE_WAIT && c->fate <= FATE_TOO_LONG)
        return sim_between(1000, 50000);
    int64_t us = usual_us / 2 + sim_between(0, usual_us);
    bool is_slow = sim_chance(0.03) && sim_plan.faults & 1u << SIM_DELAY && !sim_healed;
    return is_slow ? 6 * us : us;
}

/* The first byte arrives. */
static void on_taken(void *arg, int64_t number) {
    struct sim_call *c = arg;
    (void)number;
    if (sim_now_us >= c->over_by_us)
        return;
    c->taken = true;
    in_flight[c->account]++;
    sim_report.calls++;
    sim_say("provider: job %lld attempt %d on account %d, in flight %d, fate %d",
            (long long)c->job_id, c->attempt_no, c->account, in_flight[c->account], (int)c->fate);
    sim_audit_sent(c);
    int64_t us = length_us(c), most = c->over_by_us - sim_now_us;
    if (c->fate == FATE_STALL && c->wire)
        sim_after(c->process, sim_between(1000, 100000), on_answer, c, 0);
    sim_after(SIM_WORLD, us < most ? us : most, on_over, c, 0);
}

/* The connection is gone: it may notice soon, or work on as long as an abandoned call counts. */
void sim_provider_gone(struct sim_call *c) {
    int64_t linger_us = sim_between(0, LINGER_MS * US_PER_MS - 1000);
    if (sim_now_us + linger_us < c->over_by_us)
        c->over_by_us = sim_now_us + linger_us;
    if (c->taken)
        sim_after(SIM_WORLD, c->over_by_us - sim_now_us, on_over, c, 0);
}

static void on_connected(void *arg, int64_t number) {
    struct sim_call *c = arg;
    char address[] = "127.0.0.1";
    (void)number;
    if (!c->wire)
        return;
    if (c->fate == FATE_UNREACHED) {
        end(c, CURLE_COULDNT_CONNECT);
        return;
    }
    if (call_callbacks.on_before_send(c->wire, address, address, 80, 80) != CURL_PREREQFUNC_OK) {
        end(c, CURLE_ABORTED_BY_CALLBACK);
        return;
    }
    /* begun after its time: nothing says when the provider is done with it */
    if (sim_now_us > c->over_by_us + LATE_US)
        c->over_by_us = sim_now_us + LATE_CALL_US;
    sim_after(SIM_WORLD, sim_between(10, 20000), on_taken, c, 0);
}

/* `request` is "JOB ATTEMPT TEXT", as the profiles of settings.c say it. */
struct sim_call *sim_provider_call(struct wire *w, int process, const char *request, int account) {
    struct sim_call *c = sim_alloc(sizeof *c);
    long long job_id;
    int text_at = 0;
    int n = sscanf(request, "%lld %d %n", &job_id, &c->attempt_no, &text_at);
    ASSERT(n == REQUEST_TEXT_AT && text_at > 0);
    c->job_id = job_id;
    c->wire = w;
    c->process = process;
    c->account = account;
    c->text = sim_alloc(strlen(request + text_at) + 1);
    memcpy(c->text, request + text_at, strlen(request + text_at) + 1);
    c->fate = sim_provider_fate();
    bool is_slow = sim_chance(0.05) && sim_plan.faults & 1u << SIM_DELAY && !sim_healed;
    sim_after(process, sim_between(50, is_slow ? 3000000 : 15000), on_connected, c, 0);
    return c;
}
