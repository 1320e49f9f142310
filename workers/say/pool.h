/*
 * pool: a few threads that make speech, so that nobody else waits for it.
 */
#ifndef SAY_POOL_H
#define SAY_POOL_H

#include "base/err.h"

#define POOL_THREADS_MAX 64

struct pool;

/* One piece of work: storage of the caller, who must keep it until `run` was called. */
struct pool_job {
    void (*run)(struct pool_job *job);
    struct pool_job *next;
};

bool pool_open(unsigned threads, struct pool **out, struct err *e) MUST_CHECK;

/* Queues a job. Its `run` is always called, once; after pool_stop by the caller's own thread. */
void pool_add(struct pool *p, struct pool_job *job);

/* True once pool_stop was called: a job that runs then should end soon. Any thread. */
bool pool_is_stopping(const struct pool *p);
void pool_stop(struct pool *p); /* runs what is queued and waits for the threads */
void pool_free(struct pool *p);

#endif
