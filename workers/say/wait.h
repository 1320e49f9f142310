/*
 * wait: requests that are put aside, until a moment, until their speech is ready, or until the
 * client has gone.
 *
 * While a connection is suspended, libmicrohttpd does not look at it: its moment stands in a heap,
 * and its socket in an epoll of its own, which tells when the client leaves. All of it belongs to
 * the thread that serves; only wait_worked and wait_is_gone are called from others.
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

/* The wait of a connection, one after the other: storage of the caller, as long as the connection.
 */
struct wait {
    void *owner; /* given to on_gone; set by the caller once */
    struct MHD_Connection *connection;
    int64_t due_us; /* clock_boot_us */
    size_t heap_at; /* place in the heap + 1; 0 = not in it */
    bool is_waiting;
    atomic_bool gone;  /* the client is */
    struct wait *next; /* among those that the pool is done with */
};

/* on_gone is called by wait_begin and waiter_turn, before the connection is resumed. */
bool waiter_open(void (*on_gone)(void *owner), struct waiter **out, struct err *e) MUST_CHECK;

/* Resumes everything at once, also what waits for ever. Nothing may be in work any more. Later
 * calls of wait_begin return false. */
void waiter_stop(struct waiter *w);
void waiter_free(struct waiter *w);

/* A turn is due when this descriptor is readable, and at this moment (clock_boot_us). */
int waiter_fd(const struct waiter *w);
int64_t waiter_due_us(const struct waiter *w);

/* Hears which clients have left and resumes what is due. Does not block. */
void waiter_turn(struct waiter *w);

/* A connection begins: from now on it is seen when its client leaves its socket `fd`; until, before
 * the socket is closed, the connection ends. */
void wait_watch(struct waiter *w, struct wait *wait, struct MHD_Connection *connection, int fd);
void wait_unwatch(struct waiter *w, int fd);

/* Suspends the connection until due_us. With `is_working` it also waits for wait_worked. Returns
 * false, and suspends nothing, when the waiter has stopped. Called from MHD's callbacks only. */
bool wait_begin(struct waiter *w, struct wait *wait, int64_t due_us, bool is_working) MUST_CHECK;

/* A thread of the pool is done with it and must not touch its request after this. */
void wait_worked(struct waiter *w, struct wait *wait);

bool wait_is_gone(const struct wait *wait);

#endif
