/* check_online.c: see check.h. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/care/check.h"
#include "cli/service.h"
#include "cli/view/text.h"
#include "provider/request.h"

#define CONNECT_MAX_MS 10000L
#define HOST_BYTES_MAX 300
#define SAMPLE_TEXT "Hello."

/* "https://HOST[:PORT]/" of the profile's requests; false with the reason when there is none. */
static bool find_host(const struct profile *p, char host[HOST_BYTES_MAX], struct err *e) {
    struct request r;
    struct request_input in = {.text = SAMPLE_TEXT, .job_id = 1, .seq = 1, .attempt_no = 1};
    const char *authority;
    size_t bytes;
    if (request_needs_voice(p))
        in.voice = "voice";
    request_init(&r);
    bool ok = request_render(&r, p, &in, e);
    if (ok && !request_url_authority(buf_str(&r.url), &authority, &bytes))
        ok = err_set(e, ERR_CONFIG, "profile %s: its URL has no host", p->name);
    if (ok) {
        bool tls = strncmp(buf_str(&r.url), "https:", 6) == 0;
        int n = snprintf(host, HOST_BYTES_MAX, "%s://%.*s/", tls ? "https" : "http", (int)bytes,
                         authority);
        ok = (n > 0 && n < HOST_BYTES_MAX) ||
             err_set(e, ERR_CONFIG, "profile %s: its host's name is too long", p->name);
    }
    request_release(&r);
    return ok;
}

/* As the calls connect: no proxy, TLS 1.2 or newer, certificates checked. Nothing is sent. */
static CURLcode connect_to(const char *host, char error[CURL_ERROR_SIZE]) {
    CURL *easy = curl_easy_init();
    CURLcode rc = easy ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    error[0] = '\0';
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_URL, host);
    if (rc == CURLE_OK) {
        (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
        (void)curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
        (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, CONNECT_MAX_MS);
        rc = curl_easy_perform(easy);
    }
    if (rc != CURLE_OK && !error[0])
        (void)snprintf(error, CURL_ERROR_SIZE, "%s", curl_easy_strerror(rc));
    curl_easy_cleanup(easy);
    return rc;
}

static void check_profile(struct check *c, const struct profile *p, char last[HOST_BYTES_MAX]) {
    char host[HOST_BYTES_MAX], error[CURL_ERROR_SIZE], shown[TEXT_SHOWN_BYTES];
    struct err e;
    if (p->fetches) {
        check_ok(c, "provider of %s: each text says where it is", p->name);
        return;
    }
    if (!find_host(p, host, &e)) {
        check_fail(c, &e);
        return;
    }
    if (strcmp(host, last) == 0) /* profiles of a provider stand together */
        return;
    memcpy(last, host, HOST_BYTES_MAX);
    text_show(host, 200, shown);
    if (connect_to(host, error) == CURLE_OK) {
        check_ok(c, "provider of %s: %s answers; no request was sent", p->name, shown);
        return;
    }
    if (service_is_say_url(host)) { /* `ttsq run` starts it */
        check_warn(c, "provider of %s: %s", p->name, SERVICE_SAY_HINT);
        return;
    }
    (void)err_set(&e, ERR_NO_SERVICE, "provider of %s: %.200s: %.200s", p->name, shown, error);
    check_fail(c, &e);
}

void check_online(struct check *c) {
    const struct config *config = c->session.config;
    char last[HOST_BYTES_MAX] = "";
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < config->profile_count; i++)
        if (c->is_used[i])
            check_profile(c, config->profiles[i], last);
    curl_global_cleanup();
}
