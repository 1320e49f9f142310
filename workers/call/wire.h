/*
 * wire: a reusable easy handle with every option that keeps a paid call safe: one send, no
 * redirect, no proxy, no netrc, TLS checked, HTTP/1.1 (one broken connection breaks one call).
 *
 * Options that never change are set once; a call sets only what differs from the one before.
 */
#ifndef CALL_WIRE_H
#define CALL_WIRE_H

#include <curl/curl.h>

#include "guard.h"
#include "multi_loop.h"
#include "provider/request.h"

struct wire {
    struct wire *next; /* in the pool */
    struct multi_loop_opener opener;
    bool guarded;
    CURL *easy;
    struct curl_slist *headers;
    struct buf header_text; /* what `headers` was made of */
    struct buf url;
    bool is_signed; /* by the request last loaded */
    void *owner;    /* the call that uses it; callbacks get the wire */
    char error[CURL_ERROR_SIZE];
};

/* What libcurl asks while a transfer runs; all get the wire. */
struct wire_callbacks {
    curl_prereq_callback on_before_send;
    curl_write_callback on_header; /* a header function has the shape of a write function */
    curl_write_callback on_body;
    multi_loop_may_open *may_open; /* for wires with a guard: may this address be connected to? */
};

struct wire_pool {
    struct multi_loop *multi;
    struct wire_callbacks callbacks;
    struct wire *unused;
};

void wire_pool_init(struct wire_pool *p, struct multi_loop *multi,
                    const struct wire_callbacks *callbacks);
void wire_pool_release(struct wire_pool *p); /* all wires must have been put back */

/* Never NULL; memory out ends the process. */
struct wire *wire_take(struct wire_pool *p, void *owner);
void wire_put(struct wire_pool *p, struct wire *w);

/* Makes the wire ready for this request, whose body must live as long as the transfer. With a
 * guard (NULL = none) the callback is asked about each address, and no connection is shared with
 * other calls. */
bool wire_load(struct wire *w, const struct profile *p, const struct request *r,
               const struct guard *guard, struct err *e) MUST_CHECK;

/* The same for a guarded GET of this URL with nothing of the profile's but its timeouts, in
 * `total_ms` at most. */
bool wire_load_fetch(struct wire *w, const struct profile *p, const char *url, int64_t total_ms,
                     struct err *e) MUST_CHECK;

#endif
