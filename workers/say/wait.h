/*
 * wait: requests that are put aside, until a moment, until their speech is ready, or until the
 * client has gone.
 *
 * While a connection is suspended, libmicrohttpd does not look at it. So one thread sleeps in one
 * epoll on one timer and on every suspended socket; a timer's turn costs no thread per request and
 * is exact to well under 0.3 ms.
 *
 *   wait_begin ──(due, or work done and due)──▶ resumed
 *              ──(client gone)──▶ on_gone, once ──(work done)──▶ resumed with wait_is_gone
 *
 * Knows nothing of speech. Only this file suspends and resumes connections.
 */
#ifndef SAY_WAIT_H
#define SAY_WAIT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WAIT_FOREVER INT64_MAX

struct MHD_Connection;
struct waiter;

/* One waiting request: storage of the caller, who must keep it until the connection is resumed. */
struct wait {
    void *owner; /* given to on_gone; set by the caller once */
    struct MHD_Connection *connection;
    int fd;
    int64_t due_us;   /* clock_boot_us */
    size_t heap_at;   /* place in the heap + 1; 0 = not in it */
    bool is_working;  /* a thread of the pool still has it */
    atomic_bool gone; /* the client is */
};

/* on_gone runs on the waiter's thread, before the connection is resumed. wake_fd: an eventfd of the
 * caller, written to after each resume. */
bool waiter_open(void (*on_gone)(void *owner), int wake_fd, struct waiter **out,
                 struct err *e) MUST_CHECK;

/* Resumes everything at once, also what waits for ever, and ends the thread. Nothing may be in work
 * any more. Later calls of wait_begin return false. */
void waiter_stop(struct waiter *w);
void waiter_free(struct waiter *w);

/* Suspends the connection (socket `fd`) until due_us. With `is_working` it also waits for
 * wait_worked. Returns false, and suspends nothing, when the waiter has stopped. Called from MHD's
 * callbacks only. */
bool wait_begin(struct waiter *w, struct wait *wait, struct MHD_Connection *connection, int fd,
                int64_t due_us, bool is_working) MUST_CHECK;

/* The pool is done with it; the caller must not touch its request after this. */
void wait_worked(struct waiter *w, struct wait *wait);

bool wait_is_gone(const struct wait *wait);

#endif
