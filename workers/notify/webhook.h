/*
 * webhook: one call that is made at the end of a batch: POST of a JSON message, signed.
 *
 * It is asked for by whoever may enqueue and made from the service's place in the network, so it
 * goes to https and public addresses only, except for hosts that `notify.allow` lists; redirects
 * are not followed, no proxy is used, and of the answer only the status counts.
 */
#ifndef NOTIFY_WEBHOOK_H
#define NOTIFY_WEBHOOK_H

#include <curl/curl.h>

#include "workers/call/guard.h"
#include "workers/call/multi_loop.h"
#include "workers/notify/errand.h"

struct webhook {
    struct errand errand;
    CURL *easy; /* NULL = none under way */
    struct curl_slist *headers;
    struct multi_loop_opener opener;
    struct guard guard;
    struct buf body;
    int64_t answer_bytes;
    bool refused; /* an address was, by the guard */
    char error[CURL_ERROR_SIZE];
    const struct config *config;
};

bool webhook_is_free(const struct webhook *w);

/* May this URL be called? ERR_INPUT and a line for people. Pure. */
bool webhook_check(const struct config_ending *config, const char *url, struct guard *guard,
                   struct err *e) MUST_CHECK;

/* Begins the try of w->errand, which has been taken and begun in the store; it may be over at once.
 * `config` must live until the errand is over. */
void webhook_start(struct webhook *w, struct multi_loop *multi, const struct config *config);

/* For multi_loop: the transfer of this webhook has ended. */
void webhook_on_end(void *arg, void *webhook, CURL *easy, CURLcode code);

/* Gives the call up, without a record: it will be made again. */
void webhook_abort(struct webhook *w, struct multi_loop *multi);

#endif
