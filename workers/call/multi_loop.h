/*
 * multi_loop: libcurl's multi interface on a libuv loop.
 *
 * Knows sockets, timers and transfers; knows nothing of calls, slots and jobs. Why it is not the
 * usual example: polls are kept across transfers of one connection, because stopping and starting
 * one costs two system calls per transfer; and libuv aborts on a polled descriptor that was closed,
 * so closing a socket goes through here.
 */
#ifndef CALL_MULTI_LOOP_H
#define CALL_MULTI_LOOP_H

#include <curl/curl.h>
#include <uv.h>

#include "base/err.h"

struct multi_loop;

/* A transfer has ended and its easy handle is removed from the multi already, so the callback may
 * change it and add it again. Runs on the loop, never inside a callback of libcurl. */
typedef void multi_loop_on_end(void *arg, void *private_pointer, CURL *easy, CURLcode code);

/* curl_global_init must have run. `connections_max`: how many connections are kept open. */
bool multi_loop_open(struct multi_loop **out, uv_loop_t *loop, long connections_max,
                     multi_loop_on_end *on_end, void *arg, struct err *e) MUST_CHECK;
/* No transfer may be under way. Memory is freed in the loop's next turns. */
void multi_loop_close(struct multi_loop *m);

typedef bool multi_loop_may_open(void *arg, const struct sockaddr *address);

/* Who is asked before a handle's socket is opened; its owner keeps it as long as the handle. */
struct multi_loop_opener {
    struct multi_loop *multi; /* set by multi_loop_prepare */
    bool asks;
    multi_loop_may_open *may_open; /* must not call libcurl */
    void *arg;
};

/* Sets the socket options that a new easy handle needs to run here; once per handle. */
void multi_loop_prepare(struct multi_loop *m, CURL *easy, struct multi_loop_opener *opener);

/* Starts a transfer; it makes its first steps in the loop's next turn. */
bool multi_loop_add(struct multi_loop *m, CURL *easy, struct err *e) MUST_CHECK;
/* Gives a running transfer up: its connection is closed, on_end is not called. */
void multi_loop_abort(struct multi_loop *m, CURL *easy);

#endif
