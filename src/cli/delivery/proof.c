/* proof.c: see proof.h.
 *
 *   IDLE ──begin──▶ GIVEN ──the thread──▶ JUDGED ──end──▶ IDLE
 */
#include "cli/delivery/proof.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/ensure.h"

enum proof_state { PROOF_IDLE, PROOF_GIVEN, PROOF_JUDGED };

struct proof {
    pthread_t thread;
    bool has_thread; /* else the caller's does the work */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum proof_state state;
    bool ending;
    struct stored one;
    const struct stored_sound *sound;
    bool good;
    struct err why; /* unless good */
};

static void *run(void *arg) {
    struct proof *p = arg;
    ASSERT(pthread_mutex_lock(&p->lock) == 0);
    for (;;) {
        while (p->state != PROOF_GIVEN && !p->ending)
            ASSERT(pthread_cond_wait(&p->changed, &p->lock) == 0);
        if (p->state != PROOF_GIVEN)
            break;
        ASSERT(pthread_mutex_unlock(&p->lock) == 0);
        bool good = stored_check(&p->one, p->sound, &p->why);
        ASSERT(pthread_mutex_lock(&p->lock) == 0);
        p->good = good;
        p->state = PROOF_JUDGED;
        ASSERT(pthread_cond_broadcast(&p->changed) == 0);
    }
    ASSERT(pthread_mutex_unlock(&p->lock) == 0);
    return NULL;
}

struct proof *proof_new(void) {
    struct proof *p = ensure_alloc(sizeof *p);
    sigset_t all, old;
    *p = (struct proof){.state = PROOF_IDLE};
    ASSERT(pthread_mutex_init(&p->lock, NULL) == 0 && pthread_cond_init(&p->changed, NULL) == 0);
    (void)sigfillset(&all); /* a signal is to interrupt the caller's reads and writes */
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    p->has_thread = pthread_create(&p->thread, NULL, run, p) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return p;
}

void proof_free(struct proof *p) {
    if (!p)
        return;
    ASSERT(pthread_mutex_lock(&p->lock) == 0);
    p->ending = true;
    ASSERT(pthread_cond_broadcast(&p->changed) == 0 && pthread_mutex_unlock(&p->lock) == 0);
    if (p->has_thread)
        ASSERT(pthread_join(p->thread, NULL) == 0);
    (void)pthread_cond_destroy(&p->changed);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

void proof_begin(struct proof *p, const struct stored *one, const struct stored_sound *sound) {
    ASSERT(pthread_mutex_lock(&p->lock) == 0);
    PRE(p->state == PROOF_IDLE);
    p->one = *one;
    p->one.path = p->one.format = NULL; /* the caller's, and not needed */
    p->sound = sound;
    p->state = PROOF_GIVEN;
    ASSERT(pthread_cond_broadcast(&p->changed) == 0 && pthread_mutex_unlock(&p->lock) == 0);
}

bool proof_end(struct proof *p, struct err *e) {
    ASSERT(pthread_mutex_lock(&p->lock) == 0);
    while (p->has_thread && p->state == PROOF_GIVEN)
        ASSERT(pthread_cond_wait(&p->changed, &p->lock) == 0);
    if (p->state == PROOF_GIVEN)
        p->good = stored_check(&p->one, p->sound, &p->why);
    bool good = p->state == PROOF_IDLE || p->good;
    p->state = PROOF_IDLE;
    if (!good)
        *e = p->why;
    ASSERT(pthread_mutex_unlock(&p->lock) == 0);
    return good;
}
