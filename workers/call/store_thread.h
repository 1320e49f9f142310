/*
 * store_thread: the one thread of a worker that waits for the database.
 *
 * The loop hands it one request at a time and is told when it is done; meanwhile it piles up what
 * ends, which makes the next group bigger (a group commit that sizes itself). While it has nothing
 * to do it watches for commits of others. Answers that share a file are appended to it and synced
 * before the turn that settles them, outside of the write turn. What a request means and what its
 * failures ask for is store_desk.c's; here are the thread, its mailbox and its waiting.
 */
#ifndef CALL_STORE_THREAD_H
#define CALL_STORE_THREAD_H

#include <uv.h>

#include "base/segment.h"
#include "base/space.h"
#include "store/store.h"

struct store_thread;

struct store_thread_account { /* a name to be looked up */
    const char *name;
    int64_t id; /* out: 0 = the store does not know it (yet) */
};

/* The loop's until given, the thread's until on_done. */
struct store_thread_request {
    bool set_draining;                     /* this worker counts no longer for the shares */
    struct store_thread_account *accounts; /* those with id 0 are looked up */
    size_t account_count;
    struct store_turn turn; /* worker_id is filled in */
    bool asks_all;          /* the turn wants of every account that may be called */
    /* Answers among the turn's settles that go to the segment file first: records[i] is appended,
     * then results[i], which a settle points to, says where it is. */
    struct segment_record *records;
    struct store_result **results;
    size_t record_count;
    bool remove_worker; /* the last request: nothing is open any more */
    /* out */
    bool ok;
    bool said_again; /* the first try's outcome was unknown: claim no more and end */
    struct err err;  /* when !ok */
    double took_ms;  /* the turn, waits included */
};

/* All run on the loop. */
struct store_thread_handlers {
    void (*on_started)(void *arg, bool ok, const struct err *e);
    void (*on_done)(void *arg, struct store_thread_request *request);
    void (*on_look)(void *arg);                /* something changed, or a gate opens now */
    void (*on_space)(void *arg, bool missing); /* no space: make no more calls; or: it is back */
    void *arg;
};

struct store_thread_place {    /* where answers are kept */
    const char *database;      /* its path */
    int results_fd;            /* the folder that segment files lie below */
    const struct space *space; /* whose reserve is given up when there is no room for what is to be
                                * settled; NULL = there is none */
};

/* Starts the thread, which opens the database and adds the worker's row; its segment files bear
 * the row's id. What the place holds and the row's strings are kept until store_thread_join. */
bool store_thread_start(struct store_thread **out, uv_loop_t *loop,
                        const struct store_thread_place *place, const struct store_worker_row *row,
                        const struct store_thread_handlers *handlers, struct err *e) MUST_CHECK;

/* Only after on_started said ok and when no request is under way. */
void store_thread_give(struct store_thread *t, struct store_thread_request *request);

/* Milliseconds that the thread has been inside one call of the store; 0 = it is not. */
int64_t store_thread_stuck_ms(const struct store_thread *t);

/* A request that is being tried again and again is to fail instead. */
void store_thread_give_up(struct store_thread *t);

/* Ends the thread when its request is done, closes the database and the loop's handle (memory is
 * freed in the loop's next turn). Blocks until then. NULL is fine. */
void store_thread_join(struct store_thread *t);

#endif
