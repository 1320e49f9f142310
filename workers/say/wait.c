/* wait.c: see wait.h. */
#include "wait.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"

#define EVENTS_PER_TURN 64
#define US_PER_S 1000000
#define NS_PER_US 1000

struct waiter {
    int epoll_fd, timer_fd, wake_fd;
    void (*on_gone)(void *owner);
    pthread_t thread;
    pthread_mutex_t lock; /* for everything below */
    struct wait **heap;   /* earliest first; heap[0] is place 1 */
    size_t count, room;
    size_t working;
    bool stopping;
};

/* --- the heap; called with the lock held --- */

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

static void set_timer(struct waiter *w, int64_t due_us) {
    if (due_us == WAIT_FOREVER)
        return;
    if (due_us < 1)
        due_us = 1; /* zero would disarm it */
    struct itimerspec at = {
        .it_value = {.tv_sec = due_us / US_PER_S, .tv_nsec = due_us % US_PER_S * NS_PER_US}};
    ASSERT(timerfd_settime(w->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0);
}

static void heap_add(struct waiter *w, struct wait *wait) {
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : EVENTS_PER_TURN;
        w->heap = ensure_realloc(w->heap, w->room * sizeof *w->heap);
    }
    sift_up(w, wait, w->count++);
    if (w->heap[0] == wait)
        set_timer(w, wait->due_us);
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

/* --- the thread --- */

/* The last touch: from here on the request belongs to MHD's thread again. */
static void release(struct waiter *w, struct wait *wait) {
    ASSERT(epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL) == 0);
    MHD_resume_connection(wait->connection);
    ASSERT(eventfd_write(w->wake_fd, 1) == 0);
}

static void client_gone(struct waiter *w, struct wait *wait) {
    bool first = !atomic_exchange(&wait->gone, true);
    if (first)
        w->on_gone(wait->owner);
    pthread_mutex_lock(&w->lock);
    bool resume = wait->heap_at != 0;
    if (resume)
        heap_remove(w, wait);
    pthread_mutex_unlock(&w->lock);
    if (resume)
        release(w, wait); /* else the pool has it, and resumes it by wait_worked */
}

/* The next one whose moment has come, or NULL with the timer set for the one after. */
static struct wait *take_due(struct waiter *w) {
    struct wait *due = NULL;
    pthread_mutex_lock(&w->lock);
    if (w->count) {
        if (w->stopping || w->heap[0]->due_us <= clock_boot_us()) {
            due = w->heap[0];
            heap_remove(w, due);
        } else {
            set_timer(w, w->heap[0]->due_us);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return due;
}

static void timer_rang(struct waiter *w) {
    uint64_t times;
    ssize_t n = read(w->timer_fd, &times, sizeof times);
    (void)n; /* EAGAIN when it was set anew meanwhile: as good */
    for (struct wait *due; (due = take_due(w));)
        release(w, due);
}

static bool is_over(struct waiter *w) {
    pthread_mutex_lock(&w->lock);
    bool over = w->stopping && !w->count && !w->working;
    pthread_mutex_unlock(&w->lock);
    return over;
}

/* Only this thread resumes, and a socket is in one event of a turn at most, so no event of a turn
 * can be about a request that is resumed already: clients that left come first, then the timer. */
static void *wait_loop(void *arg) {
    struct waiter *w = arg;
    struct epoll_event events[EVENTS_PER_TURN];
    while (!is_over(w)) {
        int n = epoll_wait(w->epoll_fd, events, EVENTS_PER_TURN, -1);
        ASSERT(n >= 0 || errno == EINTR);
        bool rang = false;
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr)
                client_gone(w, events[i].data.ptr);
            else
                rang = true;
        }
        if (rang)
            timer_rang(w);
    }
    return NULL;
}

/* --- for the others --- */

bool waiter_open(void (*on_gone)(void *owner), int wake_fd, struct waiter **out, struct err *e) {
    struct waiter *w = ensure_alloc(sizeof *w);
    int rc = 0;
    w->on_gone = on_gone;
    w->wake_fd = wake_fd;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event timer = {.events = EPOLLIN, .data.ptr = NULL};
    if (w->epoll_fd < 0 || w->timer_fd < 0 ||
        epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->timer_fd, &timer)) {
        err_set_errno(e, errno, "cannot make a timer");
        goto failed;
    }
    pthread_mutex_init(&w->lock, NULL);
    rc = pthread_create(&w->thread, NULL, wait_loop, w);
    if (rc) {
        err_set_errno(e, rc, "cannot start a thread");
        goto failed;
    }
    *out = w;
    return true;
failed:
    if (w->epoll_fd >= 0)
        close(w->epoll_fd);
    if (w->timer_fd >= 0)
        close(w->timer_fd);
    free(w);
    return false;
}

void waiter_stop(struct waiter *w) {
    pthread_mutex_lock(&w->lock);
    ASSERT(!w->working);
    w->stopping = true;
    set_timer(w, 1);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
}

void waiter_free(struct waiter *w) {
    ASSERT(w->stopping && !w->count);
    close(w->epoll_fd);
    close(w->timer_fd);
    pthread_mutex_destroy(&w->lock);
    free(w->heap);
    free(w);
}

bool wait_begin(struct waiter *w, struct wait *wait, struct MHD_Connection *connection, int fd,
                int64_t due_us, bool is_working) {
    wait->connection = connection;
    wait->fd = fd;
    wait->due_us = due_us;
    wait->is_working = is_working;
    wait->heap_at = 0;
    atomic_store(&wait->gone, false);
    struct epoll_event watch = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = wait};
    pthread_mutex_lock(&w->lock);
    bool open = !w->stopping;
    if (open) {
        MHD_suspend_connection(connection); /* before anybody could resume it */
        if (is_working)
            w->working++;
        else
            heap_add(w, wait);
        ASSERT(epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &watch) == 0);
    }
    pthread_mutex_unlock(&w->lock);
    return open;
}

void wait_worked(struct waiter *w, struct wait *wait) {
    pthread_mutex_lock(&w->lock);
    wait->is_working = false;
    w->working--;
    if (atomic_load(&wait->gone))
        wait->due_us = 1; /* nobody waits for it: at once */
    heap_add(w, wait);
    pthread_mutex_unlock(&w->lock);
}

bool wait_is_gone(const struct wait *wait) {
    return atomic_load(&wait->gone);
}
