/* webhook.c: see webhook.h. */
#include "workers/notify/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "workers/notify/signature.h"

#define ANSWER_BYTES_MAX (64 * 1024) /* that are read, and thrown away */
#define HEADER_BYTES_MAX 256
#define MS_PER_S 1000
#define HTTP_GONE 410 /* the receiver wants no more calls: Standard Webhooks, "Deliverability" */

bool webhook_is_free(const struct webhook *w) {
    return !w->errand.used;
}

bool webhook_check(const struct config_ending *config, const char *url, struct guard *guard,
                   struct err *e) {
    static char *nobody[] = {NULL};
    struct guard_policy listed = {.allow = config->notify_allow ? config->notify_allow : nobody,
                                  .http = true};
    struct guard_policy others = {.allow = NULL};
    struct err no_matter;
    if (guard_url(guard, &listed, url, &no_matter)) {
        guard->listed = true; /* wherever its name leads: the configuration says so */
        return true;
    }
    return guard_url(guard, &others, url, e) ||
           err_prefix(e, "%.150s (notify.allow lists exceptions)", url);
}

static void over(struct webhook *w, int code, const char *why, bool final) {
    errand_end(&w->errand, &w->config->ending, code, why, final);
}

static void release(struct webhook *w) {
    curl_easy_cleanup(w->easy);
    curl_slist_free_all(w->headers);
    buf_release(&w->body);
    w->easy = NULL;
    w->headers = NULL;
}

/* ---- what is sent --------------------------------------------------------------------------- */

static bool add_header(struct webhook *w, const char *line) {
    struct curl_slist *longer = curl_slist_append(w->headers, line);
    if (longer)
        w->headers = longer;
    return longer != NULL;
}

static bool add_signature(struct webhook *w, const char *id, int64_t now_s, struct err *e) {
    const struct config_ending *config = &w->config->ending;
    char signature[SIGNATURE_BYTES], line[HEADER_BYTES_MAX];
    if (!config->notify_secret)
        return true;
    if (!config->secret.value)
        return err_set(e, ERR_CONFIG, "secret %.60s: %.200s", config->notify_secret,
                       config->secret.problem);
    if (!signature_make(config->secret.value, id, now_s, buf_str(&w->body), signature, e))
        return err_prefix(e, "secret %.60s", config->notify_secret);
    (void)snprintf(line, sizeof line, "webhook-signature: %s", signature);
    return add_header(w, line) || err_set(e, ERR_MEMORY, "out of memory");
}

static bool add_headers(struct webhook *w, struct err *e) {
    char id[ERRAND_ID_BYTES], id_line[HEADER_BYTES_MAX], time_line[HEADER_BYTES_MAX];
    int64_t now_s = clock_wall_ms() / MS_PER_S;
    (void)snprintf(id_line, sizeof id_line, "webhook-id: %s", errand_id(&w->errand, id));
    (void)snprintf(time_line, sizeof time_line, "webhook-timestamp: %" PRId64, now_s);
    if (!add_header(w, "Content-Type: application/json") || !add_header(w, "Expect:") ||
        !add_header(w, id_line) || !add_header(w, time_line))
        return err_set(e, ERR_MEMORY, "out of memory");
    return add_signature(w, id, now_s, e);
}

static bool may_open(void *arg, const struct sockaddr *address) {
    struct webhook *w = arg;
    bool may = guard_address(&w->guard, address);
    w->refused = w->refused || !may;
    return may;
}

static size_t on_answer(char *data, size_t size, size_t count, void *arg) {
    (void)data;
    struct webhook *w = arg;
    w->answer_bytes += (int64_t)(size * count);
    return w->answer_bytes <= ANSWER_BYTES_MAX ? size * count : 0;
}

static bool set_options(struct webhook *w, struct multi_loop *multi) {
    CURL *c = w->easy;
    long timeout_ms = (long)w->config->ending.notify_timeout_ms;
    multi_loop_prepare(multi, c, &w->opener);
    return curl_easy_setopt(c, CURLOPT_URL, w->errand.row.target) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PRIVATE, w) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)w->body.bytes) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, buf_str(&w->body)) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, w->headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "ttsq/" TTSQ_VERSION) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK && /* the guard is asked */
           curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, w) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, w->error) == CURLE_OK;
}

static bool begin(struct webhook *w, struct multi_loop *multi, struct err *e) {
    buf_init(&w->body, ERRAND_BODY_BYTES_MAX);
    w->easy = curl_easy_init();
    if (!w->easy || !errand_body(&w->errand, &w->body))
        return err_set(e, ERR_MEMORY, "out of memory");
    w->opener = (struct multi_loop_opener){.asks = true, .may_open = may_open, .arg = w};
    return add_headers(w, e) &&
           (set_options(w, multi) || err_set(e, ERR_FAILED, "libcurl refuses an option")) &&
           multi_loop_add(multi, w->easy, e);
}

void webhook_start(struct webhook *w, struct multi_loop *multi, const struct config *config) {
    struct err e;
    PRE(w->errand.used && !w->easy);
    w->config = config;
    w->answer_bytes = 0;
    w->refused = false;
    w->error[0] = '\0';
    if (!webhook_check(&config->ending, w->errand.row.target, &w->guard, &e)) {
        over(w, -1, e.msg, true);
        return;
    }
    if (begin(w, multi, &e))
        return;
    release(w);
    over(w, -1, e.msg, false);
}

/* ---- what comes back ------------------------------------------------------------------------ */

static void judge(struct webhook *w, CURLcode code, long status) {
    char why[STORE_WHY_MAX + 1];
    if (w->refused)
        (void)snprintf(why, sizeof why,
                       "the host leads to an address that is not public; notify.allow may list it");
    else if (status == 0)
        (void)snprintf(why, sizeof why, "%.*s", STORE_WHY_MAX,
                       w->error[0] ? w->error : curl_easy_strerror(code));
    else if (status >= 200 && status < 300)
        over(w, (int)status, NULL, false);
    else
        (void)snprintf(why, sizeof why, "HTTP %ld%s", status,
                       status >= 300 && status < 400 ? ": redirects are not followed" : "");
    if (!w->errand.is_over)
        over(w, status ? (int)status : -1, why, status == HTTP_GONE);
}

void webhook_on_end(void *arg, void *webhook, CURL *easy, CURLcode code) {
    (void)arg;
    struct webhook *w = webhook;
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    judge(w, code, status);
    release(w);
}

void webhook_abort(struct webhook *w, struct multi_loop *multi) {
    if (!w->easy)
        return;
    multi_loop_abort(multi, w->easy);
    release(w);
}
