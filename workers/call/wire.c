/* wire.c: see wire.h. To change what every call promises, change the tables below. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define HEADERS_BYTES_MAX (64 * 1024)
/* A connection idle for longer is not used again: many servers close theirs after 5 s, and a
 * request that meets the closing is lost as "maybe billed". */
#define CONNECTION_IDLE_MAX_S 3L
#define RECEIVE_BUFFER_BYTES (32L * 1024)
#define KEEPALIVE_S 30L

struct long_option {
    CURLoption option;
    long value;
};

static const struct long_option long_options[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_FOLLOWLOCATION, 0}, /* vendor key headers would travel along */
    {CURLOPT_MAXREDIRS, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S},
    {CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S},
    {CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_MAX_S},
    {CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES},
};

struct text_option {
    CURLoption option;
    const char *value;
};

static const struct text_option text_options[] = {
    {CURLOPT_PROTOCOLS_STR, "http,https"},
    {CURLOPT_REDIR_PROTOCOLS_STR, "https"},
    {CURLOPT_PROXY, ""}, /* also: ignore the environment's */
    {CURLOPT_USERAGENT, "ttsq/" TTSQ_VERSION},
};

static void must(CURLcode rc) {
    ASSERT(rc == CURLE_OK); /* of our own constants: a wrong one is our mistake, or memory is out */
}

static void set_constants(struct wire *w) {
    for (size_t i = 0; i < sizeof long_options / sizeof *long_options; i++)
        must(curl_easy_setopt(w->easy, long_options[i].option, long_options[i].value));
    for (size_t i = 0; i < sizeof text_options / sizeof *text_options; i++)
        must(curl_easy_setopt(w->easy, text_options[i].option, text_options[i].value));
}

static void set_callbacks(struct wire *w, const struct wire_callbacks *c) {
    must(curl_easy_setopt(w->easy, CURLOPT_PREREQFUNCTION, c->on_before_send));
    must(curl_easy_setopt(w->easy, CURLOPT_PREREQDATA, w));
    must(curl_easy_setopt(w->easy, CURLOPT_HEADERFUNCTION, c->on_header));
    must(curl_easy_setopt(w->easy, CURLOPT_HEADERDATA, w));
    must(curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, c->on_body));
    must(curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, w));
    must(curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->error));
    must(curl_easy_setopt(w->easy, CURLOPT_PRIVATE, w));
}

static struct wire *wire_new(struct wire_pool *p) {
    struct wire *w = ensure_alloc(sizeof *w);
    *w = (struct wire){.easy = curl_easy_init()};
    ASSERT(w->easy);
    buf_init(&w->header_text, HEADERS_BYTES_MAX);
    buf_init(&w->url, PROFILE_URL_MAX);
    set_constants(w);
    set_callbacks(w, &p->callbacks);
    w->opener = (struct multi_loop_opener){.may_open = p->callbacks.may_open, .arg = w};
    multi_loop_prepare(p->multi, w->easy, &w->opener);
    return w;
}

/* The lines may hold a key. */
static void headers_free(struct wire *w) {
    for (struct curl_slist *h = w->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(w->headers);
    w->headers = NULL;
    if (w->header_text.data)
        explicit_bzero(w->header_text.data, w->header_text.room);
    buf_clear(&w->header_text);
}

static void wire_free(struct wire *w) {
    curl_easy_cleanup(w->easy);
    headers_free(w);
    buf_release(&w->header_text);
    buf_release(&w->url);
    free(w);
}

void wire_pool_init(struct wire_pool *p, struct multi_loop *multi,
                    const struct wire_callbacks *callbacks) {
    *p = (struct wire_pool){.multi = multi, .callbacks = *callbacks};
}

void wire_pool_release(struct wire_pool *p) {
    while (p->unused) {
        struct wire *w = p->unused;
        p->unused = w->next;
        wire_free(w);
    }
}

struct wire *wire_take(struct wire_pool *p, void *owner) {
    struct wire *w = p->unused;
    if (w)
        p->unused = w->next;
    else
        w = wire_new(p);
    w->next = NULL;
    w->owner = owner;
    w->error[0] = '\0';
    return w;
}

void wire_put(struct wire_pool *p, struct wire *w) {
    w->owner = NULL;
    w->next = p->unused;
    p->unused = w;
}

static bool same(const struct buf *a, const struct buf *b) {
    return a->bytes == b->bytes && a->bytes > 0 && memcmp(a->data, b->data, a->bytes) == 0;
}

static bool copy(struct buf *to, const struct buf *from) {
    buf_clear(to);
    return buf_add(to, from->data, from->bytes);
}

static bool header_append(struct wire *w, const char *line) {
    struct curl_slist *list = curl_slist_append(w->headers, line);
    if (list)
        w->headers = list;
    return list != NULL;
}

/* `sign`: libcurl 7.88 signs a removal ("Expect:") as if it were an empty header, and no server
 * agrees (fixed in 8.3), so a signed request has none. */
static bool load_headers(struct wire *w, const struct buf *text, bool sign) {
    if (w->headers && sign == w->is_signed && same(&w->header_text, text))
        return true;
    headers_free(w);
    bool ok = sign || header_append(w, "Expect:"); /* no waiting for 100 Continue */
    for (const char *line = buf_str(text); ok && *line; line += strlen(line) + 1)
        ok = header_append(w, line);
    ok = ok && copy(&w->header_text, text) &&
         curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers) == CURLE_OK;
    if (!ok)
        headers_free(w);
    return ok;
}

static bool load_url(struct wire *w, const struct buf *url) {
    return same(&w->url, url) ||
           (copy(&w->url, url) && curl_easy_setopt(w->easy, CURLOPT_URL, buf_str(url)) == CURLE_OK);
}

static void load_method(struct wire *w, const struct request *r) {
    if (strcmp(r->method, "GET") == 0) {
        must(curl_easy_setopt(w->easy, CURLOPT_HTTPGET, 1L));
        return;
    }
    must(curl_easy_setopt(w->easy, CURLOPT_POST, 1L));
    must(curl_easy_setopt(w->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.bytes));
    must(curl_easy_setopt(w->easy, CURLOPT_POSTFIELDS, buf_str(&r->body)));
}

/* A connection that is there already may lead where the guard would not: so none is shared. */
static void set_guarded(struct wire *w, bool guarded) {
    if (w->guarded == guarded)
        return;
    w->guarded = w->opener.asks = guarded;
    must(curl_easy_setopt(w->easy, CURLOPT_FRESH_CONNECT, guarded ? 1L : 0L));
    must(curl_easy_setopt(w->easy, CURLOPT_FORBID_REUSE, guarded ? 1L : 0L));
}

/* AWS SigV4: libcurl makes the signature, of all it sends. `sign` NULL = none. */
static bool set_sign(struct wire *w, const char *sign, const char *user, const char *password) {
    if (!sign && !w->is_signed)
        return true;
    w->is_signed = sign != NULL;
    return curl_easy_setopt(w->easy, CURLOPT_AWS_SIGV4, sign) == CURLE_OK &&
           curl_easy_setopt(w->easy, CURLOPT_HTTPAUTH,
                            sign ? CURLAUTH_AWS_SIGV4 : CURLAUTH_BASIC) == CURLE_OK &&
           curl_easy_setopt(w->easy, CURLOPT_USERNAME, user) == CURLE_OK &&
           curl_easy_setopt(w->easy, CURLOPT_PASSWORD, password) == CURLE_OK;
}

static bool load_sign(struct wire *w, const struct request *r) {
    return set_sign(w, r->sign.bytes > 0 ? buf_str(&r->sign) : NULL, r->user, r->password);
}

bool wire_load_fetch(struct wire *w, const struct profile *p, const char *url, int64_t total_ms,
                     struct err *e) {
    headers_free(w);
    buf_clear(&w->url);
    if (curl_easy_setopt(w->easy, CURLOPT_URL, url) != CURLE_OK || !set_sign(w, NULL, NULL, NULL))
        return err_set(e, ERR_MEMORY, "no memory for the request");
    must(curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, NULL));
    must(curl_easy_setopt(w->easy, CURLOPT_HTTPGET, 1L));
    must(curl_easy_setopt(w->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)p->timeout_connect_ms));
    must(curl_easy_setopt(w->easy, CURLOPT_TIMEOUT_MS, (long)(total_ms > 0 ? total_ms : 1)));
    set_guarded(w, true);
    return true;
}

bool wire_load(struct wire *w, const struct profile *p, const struct request *r,
               const struct guard *guard, struct err *e) {
    if (!load_url(w, &r->url) || !load_headers(w, &r->headers, r->sign.bytes > 0) ||
        !load_sign(w, r))
        return err_set(e, ERR_MEMORY, "no memory for the request");
    load_method(w, r);
    set_guarded(w, guard != NULL);
    must(curl_easy_setopt(w->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)p->timeout_connect_ms));
    must(curl_easy_setopt(w->easy, CURLOPT_TIMEOUT_MS, (long)p->timeout_total_ms));
    return true;
}
