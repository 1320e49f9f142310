/*
 * random.c: see random.h. A call draws several numbers, and a system call for each would be a
 * quarter of all that it makes: so each thread takes a few at a time.
 */
#include "base/random.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/random.h>

#include "base/ensure.h"

#define NUMBERS 32 /* 256 bytes: as much as the kernel gives without a break */

static _Thread_local struct {
    uint64_t number[NUMBERS];
    size_t left;
} drawn;

/* A child does not repeat its parent's numbers. */
static void forget(void) {
    drawn.left = 0;
}

static void forget_in_children(void) {
    int rc = pthread_atfork(NULL, NULL, forget);
    ASSERT(rc == 0);
}

static void draw(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, forget_in_children);
    ssize_t n = getrandom(drawn.number, sizeof drawn.number, 0);
    ASSERT(n == (ssize_t)sizeof drawn.number);
    drawn.left = NUMBERS;
}

uint64_t random_u64(void) {
    if (drawn.left == 0)
        draw();
    return drawn.number[--drawn.left];
}

int64_t random_id(void) {
    int64_t id = (int64_t)(random_u64() >> 2);
    return id ? id : 1;
}
