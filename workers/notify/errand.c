/* errand.c: see errand.h. */
#include "workers/notify/errand.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"

#define RETRY_MAX_MS INT64_C(3600000)
#define VARIABLE_BYTES_MAX 8192
#define VARIABLES_MAX 40

void errand_take(struct errand *errand, const struct store_ending *row) {
    *errand = (struct errand){.used = true,
                              .row = *row,
                              .batch = ensure_strdup(row->batch),
                              .target = ensure_strdup(row->target),
                              .currency = ensure_strdup(row->currency)};
    errand->row.batch = errand->batch;
    errand->row.target = errand->target;
    errand->row.currency = errand->currency;
    errand->row.why = NULL;
    errand->row.tries++; /* with the one that begins */
}

void errand_release(struct errand *errand) {
    free(errand->batch);
    free(errand->target);
    free(errand->currency);
    *errand = (struct errand){.used = false};
}

/* ---- how it went ---------------------------------------------------------------------------- */

static int64_t retry_in_ms(int64_t first_ms, int tries) {
    int64_t wait_ms = first_ms;
    for (int i = 1; i < tries && wait_ms < RETRY_MAX_MS; i++)
        wait_ms *= 2;
    return wait_ms < RETRY_MAX_MS ? wait_ms : RETRY_MAX_MS;
}

static void log_end(const struct errand *errand) {
    char batch[2 * STORE_NAME_MAX + 4], why[2 * STORE_WHY_MAX];
    const struct store_ending_over *over = &errand->over;
    log_event(over->state == ENDING_DONE ? LOG_INFO : LOG_WARNING, "ending",
              "kind=%s batch=%s end=%" PRId64
              " try=%d state=%s code=%d why=%s again_in_ms=%" PRId64,
              ending_kind_text(errand->row.kind), log_quote(errand->row.batch, batch, sizeof batch),
              errand->row.end_no, errand->row.tries, ending_state_text(over->state), over->code,
              log_quote(over->why ? over->why : "-", why, sizeof why), over->delay_ms);
}

void errand_end(struct errand *errand, const struct config_ending *config, int code,
                const char *why, bool final) {
    int64_t tries_max =
        errand->row.kind == ENDING_COMMAND ? config->on_done_tries : config->notify_tries;
    bool again = why && !final && errand->row.tries < tries_max;
    (void)snprintf(errand->why, sizeof errand->why, "%s", why ? why : "");
    errand->over = (struct store_ending_over){
        .id = errand->row.id,
        .state = !why    ? ENDING_DONE
                 : again ? ENDING_WAITING
                         : ENDING_FAILED,
        .delay_ms = again ? retry_in_ms(config->retry_ms, errand->row.tries) : 0,
        .code = code,
        .why = why ? errand->why : NULL};
    errand->is_over = true;
    log_end(errand);
}

/* ---- how it is told ------------------------------------------------------------------------- */

static int64_t total(const struct store_ending *row) {
    return row->done + row->failed + row->cancelled + row->held;
}

const char *errand_id(const struct errand *errand, char out[ERRAND_ID_BYTES]) {
    (void)snprintf(out, ERRAND_ID_BYTES, "ttsq_%016" PRIx64, (uint64_t)errand->row.key);
    return out;
}

/* A batch with jobs that are held is not over for those who wait for it: another word. */
static const char *event_of(const struct store_ending *row) {
    return row->held > 0 ? "batch.held" : "batch.ended";
}

bool errand_body(const struct errand *errand, struct buf *out) {
    const struct store_ending *row = &errand->row;
    char date[CLOCK_RFC3339_BYTES];
    json_t *name = json_string(row->batch);
    json_t *data = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "batch",
                             name ? name : json_null(), "end", (json_int_t)row->end_no, "total",
                             (json_int_t)total(row), "done", (json_int_t)row->done, "failed",
                             (json_int_t)row->failed, "cancelled", (json_int_t)row->cancelled,
                             "held", (json_int_t)row->held, "spent_micros",
                             (json_int_t)row->spent_micros, "currency", row->currency);
    json_t *message = json_pack("{s:s, s:s, s:o}", "type", event_of(row), "timestamp",
                                clock_rfc3339(row->ended_ms, date), "data", data);
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    bool ok = text && buf_add_str(out, text);
    free(text);
    return ok;
}

struct environment {
    char **list;
    size_t count;
};

static void set_text(struct environment *v, const char *name, const char *value) {
    char line[VARIABLE_BYTES_MAX];
    int n = snprintf(line, sizeof line, "%s=%s", name, value);
    ASSERT(v->count < VARIABLES_MAX);
    if (n > 0 && (size_t)n < sizeof line)
        v->list[v->count++] = ensure_strdup(line);
}

static void set_number(struct environment *v, const char *name, int64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    set_text(v, name, text);
}

static void pass_on(struct environment *v) {
    static const char *const names[] = {"PATH",
                                        "HOME",
                                        "USER",
                                        "LOGNAME",
                                        "LANG",
                                        "LC_ALL",
                                        "TZ",
                                        "TMPDIR",
                                        "DISPLAY",
                                        "WAYLAND_DISPLAY",
                                        "XDG_RUNTIME_DIR",
                                        "XDG_CONFIG_HOME",
                                        "DBUS_SESSION_BUS_ADDRESS",
                                        "TTSQ_CONFIG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            set_text(v, names[i], getenv(names[i]));
}

char **errand_environment(const struct errand *errand, const struct config *config) {
    const struct store_ending *row = &errand->row;
    char date[CLOCK_RFC3339_BYTES];
    struct environment v = {.list = ensure_alloc((VARIABLES_MAX + 1) * sizeof *v.list)};
    pass_on(&v);
    set_text(&v, "TTSQ_DATABASE", config->database); /* so that `ttsq get` works in it */
    set_text(&v, "TTSQ_RESULTS", config->results);
    set_text(&v, "TTSQ_RUNTIME", config->runtime);
    set_text(&v, "TTSQ_EVENT", event_of(row));
    set_text(&v, "TTSQ_BATCH", row->batch);
    set_text(&v, "TTSQ_ENDED", clock_rfc3339(row->ended_ms, date));
    set_number(&v, "TTSQ_END", row->end_no);
    set_number(&v, "TTSQ_TRY", row->tries);
    set_number(&v, "TTSQ_TOTAL", total(row));
    set_number(&v, "TTSQ_DONE", row->done);
    set_number(&v, "TTSQ_FAILED", row->failed);
    set_number(&v, "TTSQ_CANCELLED", row->cancelled);
    set_number(&v, "TTSQ_HELD", row->held);
    set_number(&v, "TTSQ_SPENT_MICROS", row->spent_micros);
    set_text(&v, "TTSQ_CURRENCY", row->currency);
    v.list[v.count] = NULL;
    return v.list;
}

void errand_free_environment(char **environment) {
    for (size_t i = 0; environment && environment[i]; i++)
        free(environment[i]);
    free(environment);
}
