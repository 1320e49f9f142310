/* wait.c: see wait.h. */
#include "wait.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"

#define EVENTS_PER_TURN 64

struct waiter {
    int epoll_fd; /* every connection's socket, and wake_fd */
    int wake_fd;  /* an eventfd: the pool has finished something */
    void (*on_gone)(void *owner);
    struct wait **heap; /* earliest first; heap[0] is place 1 */
    size_t count, room;
    bool stopping;
    pthread_mutex_t lock; /* for what follows */
    struct wait *worked;  /* since the last turn */
};

/* --- the heap --- */

static void place(struct waiter *w, struct wait *wait, size_t at) {
    w->heap[at] = wait;
    wait->heap_at = at + 1;
}

static void sift_up(struct waiter *w, struct wait *wait, size_t at) {
    while (at) {
        size_t parent = (at - 1) / 2;
        if (w->heap[parent]->due_us <= wait->due_us)
            break;
        place(w, w->heap[parent], at);
        at = parent;
    }
    place(w, wait, at);
}

static void sift_down(struct waiter *w, struct wait *wait, size_t at) {
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= w->count)
            break;
        if (child + 1 < w->count && w->heap[child + 1]->due_us < w->heap[child]->due_us)
            child++;
        if (wait->due_us <= w->heap[child]->due_us)
            break;
        place(w, w->heap[child], at);
        at = child;
    }
    place(w, wait, at);
}

static void heap_add(struct waiter *w, struct wait *wait) {
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : EVENTS_PER_TURN;
        w->heap = ensure_realloc(w->heap, w->room * sizeof *w->heap);
    }
    sift_up(w, wait, w->count++);
}

static void heap_remove(struct waiter *w, struct wait *wait) {
    size_t at = wait->heap_at - 1;
    struct wait *last = w->heap[--w->count];
    wait->heap_at = 0;
    if (last == wait)
        return;
    if (last->due_us < wait->due_us)
        sift_up(w, last, at);
    else
        sift_down(w, last, at);
}

/* --- a turn --- */

/* The last touch: from here on the request is MHD's again. */
static void bring_back(struct wait *wait) {
    wait->is_waiting = false;
    MHD_resume_connection(wait->connection);
}

static void client_left(struct waiter *w, struct wait *wait) {
    if (atomic_exchange(&wait->gone, true) || !wait->is_waiting)
        return;
    w->on_gone(wait->owner);
    if (!wait->heap_at)
        return; /* the pool has it: wait_worked brings it back */
    heap_remove(w, wait);
    bring_back(wait);
}

static void hear(struct waiter *w) {
    struct epoll_event events[EVENTS_PER_TURN];
    int n = epoll_wait(w->epoll_fd, events, EVENTS_PER_TURN, 0);
    ASSERT(n >= 0 || errno == EINTR);
    for (int i = 0; i < n; i++) {
        eventfd_t times;
        if (events[i].data.ptr)
            client_left(w, events[i].data.ptr);
        else
            ASSERT(eventfd_read(w->wake_fd, &times) == 0);
    }
}

static void take_worked(struct waiter *w) {
    pthread_mutex_lock(&w->lock);
    struct wait *wait = w->worked;
    w->worked = NULL;
    pthread_mutex_unlock(&w->lock);
    while (wait) {
        struct wait *next = wait->next;
        if (atomic_load(&wait->gone))
            bring_back(wait); /* nobody waits for it */
        else
            heap_add(w, wait);
        wait = next;
    }
}

static void resume_due(struct waiter *w) {
    int64_t now_us = w->count ? clock_boot_us() : 0;
    while (w->count && (w->stopping || w->heap[0]->due_us <= now_us)) {
        struct wait *due = w->heap[0];
        heap_remove(w, due);
        bring_back(due);
    }
}

void waiter_turn(struct waiter *w) {
    hear(w);
    take_worked(w);
    resume_due(w);
}

int waiter_fd(const struct waiter *w) {
    return w->epoll_fd;
}

int64_t waiter_due_us(const struct waiter *w) {
    return w->count ? w->heap[0]->due_us : WAIT_FOREVER;
}

/* --- for the others --- */

bool waiter_open(void (*on_gone)(void *owner), struct waiter **out, struct err *e) {
    struct waiter *w = ensure_alloc(sizeof *w);
    struct epoll_event wake = {.events = EPOLLIN, .data.ptr = NULL};
    w->on_gone = on_gone;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&w->lock, NULL);
    *out = w;
    return (w->epoll_fd >= 0 && w->wake_fd >= 0 &&
            epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &wake) == 0) ||
           err_set_errno(e, errno, "cannot wait for clients");
}

void waiter_stop(struct waiter *w) {
    w->stopping = true;
    waiter_turn(w);
    ASSERT(!w->count);
}

void waiter_free(struct waiter *w) {
    PRE(w->stopping);
    close(w->epoll_fd);
    close(w->wake_fd);
    pthread_mutex_destroy(&w->lock);
    free(w->heap);
    free(w);
}

/* Once for its whole life, told at the edge: nothing is to be done for each request. */
void wait_watch(struct waiter *w, struct wait *wait, struct MHD_Connection *connection, int fd) {
    struct epoll_event leaving = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = wait};
    wait->connection = connection;
    ASSERT(epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &leaving) == 0);
}

/* Closing the socket would do, if no child between fork and exec ever held it open. */
void wait_unwatch(struct waiter *w, int fd) {
    ASSERT(epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0);
}

void wait_worked(struct waiter *w, struct wait *wait) {
    pthread_mutex_lock(&w->lock);
    wait->next = w->worked;
    w->worked = wait;
    pthread_mutex_unlock(&w->lock);
    ASSERT(eventfd_write(w->wake_fd, 1) == 0);
}

bool wait_begin(struct waiter *w, struct wait *wait, int64_t due_us, bool is_working) {
    if (w->stopping)
        return false;
    MHD_suspend_connection(wait->connection);
    wait->is_waiting = true;
    wait->due_us = due_us;
    bool gone = atomic_load(&wait->gone); /* already */
    if (gone)
        w->on_gone(wait->owner);
    if (gone && !is_working)
        wait_worked(w, wait);
    else if (!is_working)
        heap_add(w, wait);
    return true;
}

bool wait_is_gone(const struct wait *wait) {
    return atomic_load(&wait->gone);
}
