/* pool.c: see pool.h. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/ensure.h"

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct pool_job *first, **last_link;
    atomic_bool stopping;
    unsigned threads;
    pthread_t ids[POOL_THREADS_MAX];
};

static struct pool_job *take(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    while (!p->first && !atomic_load(&p->stopping))
        pthread_cond_wait(&p->more, &p->lock);
    struct pool_job *job = p->first;
    if (job) {
        p->first = job->next;
        if (!p->first)
            p->last_link = &p->first;
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

static void *work_loop(void *arg) {
    for (struct pool_job *job; (job = take(arg));)
        job->run(job);
    return NULL;
}

bool pool_open(unsigned threads, struct pool **out, struct err *e) {
    PRE(threads >= 1 && threads <= POOL_THREADS_MAX);
    struct pool *p = ensure_alloc(sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    p->last_link = &p->first;
    for (; p->threads < threads; p->threads++) {
        int rc = pthread_create(&p->ids[p->threads], NULL, work_loop, p);
        if (rc) {
            pool_stop(p);
            pool_free(p);
            return err_set_errno(e, rc, "cannot start a thread");
        }
    }
    *out = p;
    return true;
}

void pool_add(struct pool *p, struct pool_job *job) {
    job->next = NULL;
    pthread_mutex_lock(&p->lock);
    bool open = !atomic_load(&p->stopping);
    if (open) {
        *p->last_link = job;
        p->last_link = &job->next;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->lock);
    if (!open)
        job->run(job);
}

bool pool_is_stopping(const struct pool *p) {
    return atomic_load(&p->stopping);
}

void pool_stop(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->stopping, true);
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++)
        pthread_join(p->ids[i], NULL);
}

void pool_free(struct pool *p) {
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->more);
    free(p);
}
