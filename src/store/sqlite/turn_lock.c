/*
 * turn_lock.c: see turn_lock.h. flock knows no time limit and nothing else queues fairly, so a wait
 * is ended by a timer whose signal interrupts it.
 */
#include "store/sqlite/turn_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"

#define TURN_LOCK_MODE 0660
#define TURN_LOCK_PATH_MAX 4096
#define ALARM_SIGNAL SIGRTMIN
#define ALARM_AGAIN_MS 50 /* an alarm that came just before the wait is followed by another */

static pid_t this_thread(void) {
    return (pid_t)syscall(SYS_gettid);
}

static bool open_side_file(int *fd, const char *database_path, char which, struct err *e) {
    char path[TURN_LOCK_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s-turn-%c", database_path, which);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_CONFIG, "%s: path too long", database_path);
    *fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, TURN_LOCK_MODE);
    if (*fd < 0)
        return err_set_errno(e, errno, "%s", path);
    return true;
}

bool turn_lock_open(struct turn_lock *t, const char *database_path, struct err *e) {
    struct turn_lock opened = TURN_LOCK_CLOSED;
    if (!open_side_file(&opened.fd_a, database_path, 'a', e))
        return false;
    if (!open_side_file(&opened.fd_b, database_path, 'b', e)) {
        close(opened.fd_a);
        return false;
    }
    *t = opened;
    return true;
}

void turn_lock_close(struct turn_lock *t) {
    if (t->fd_a >= 0)
        close(t->fd_a);
    if (t->fd_b >= 0)
        close(t->fd_b);
    if (t->has_timer && t->timer_thread == this_thread())
        (void)timer_delete(t->timer);
    *t = TURN_LOCK_CLOSED;
}

/* ---- waiting with an end --------------------------------------------------------------------- */

static void on_alarm(int number) {
    (void)number; /* that a wait was interrupted is all that is wanted */
}

static void catch_alarm(void) {
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    (void)sigemptyset(&action.sa_mask);
    int rc = sigaction(ALARM_SIGNAL, &action, NULL);
    ASSERT(rc == 0);
}

/* A timer of this thread; one of another thread, or of the process before a fork, is not ours. */
static bool make_timer(struct turn_lock *t, struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pid_t thread = this_thread();
    if (t->has_timer && t->timer_thread == thread)
        return true;
    (void)pthread_once(&once, catch_alarm);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = ALARM_SIGNAL};
    event._sigev_un._tid = thread;
    if (timer_create(CLOCK_MONOTONIC, &event, &t->timer) != 0)
        return err_set_errno(e, errno, "a timer for the write turn");
    t->has_timer = true;
    t->timer_thread = thread;
    return true;
}

static struct timespec timespec_of_us(int64_t us) {
    return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000) * 1000L};
}

static void set_timer(struct turn_lock *t, int64_t in_us) {
    struct itimerspec spec = {0};
    if (in_us > 0)
        spec = (struct itimerspec){.it_value = timespec_of_us(in_us),
                                   .it_interval = timespec_of_us(ALARM_AGAIN_MS * 1000)};
    int rc = timer_settime(t->timer, 0, &spec, NULL);
    ASSERT(rc == 0);
}

static bool lock_failed(struct err *e) {
    return err_set_errno(e, errno, "waiting for the write turn");
}

/* Waits in the kernel's queue; *mine stays false when the time is over first. */
static bool wait_lock(struct turn_lock *t, int fd, int64_t until_us, bool *mine, struct err *e) {
    int64_t left_us = until_us - clock_boot_us();
    if (left_us <= 0)
        return true;
    if (!make_timer(t, e))
        return false;
    set_timer(t, left_us);
    int rc;
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR && clock_boot_us() < until_us);
    bool failed = rc != 0 && errno != EINTR && !lock_failed(e);
    set_timer(t, 0);
    *mine = rc == 0;
    return !failed;
}

static bool lock(struct turn_lock *t, int fd, int64_t until_us, bool *mine, struct err *e) {
    *mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (*mine)
        return true;
    if (errno != EWOULDBLOCK && errno != EINTR)
        return lock_failed(e);
    return wait_lock(t, fd, until_us, mine, e);
}

/* ---- the turn -------------------------------------------------------------------------------- */

static void hold_job_control(struct turn_lock *t) {
    sigset_t mask;
    int rc = pthread_sigmask(SIG_SETMASK, NULL, &t->signals_before);
    ASSERT(rc == 0);
    mask = t->signals_before;
    (void)sigaddset(&mask, SIGTSTP);
    (void)sigaddset(&mask, SIGTTIN);
    (void)sigaddset(&mask, SIGTTOU);
    (void)sigdelset(&mask, ALARM_SIGNAL);
    rc = pthread_sigmask(SIG_SETMASK, &mask, NULL);
    ASSERT(rc == 0);
}

static void release_job_control(const struct turn_lock *t) {
    int rc = pthread_sigmask(SIG_SETMASK, &t->signals_before, NULL);
    ASSERT(rc == 0);
}

bool turn_lock_take(struct turn_lock *t, int64_t *waited_us, struct err *e) {
    int64_t start_us = clock_boot_us();
    int64_t until_us = start_us + 1000LL * (t->late ? TURN_LOCK_LATE_WAIT_MS : TURN_LOCK_WAIT_MS);
    bool mine = false;
    hold_job_control(t);
    bool ok = lock(t, t->fd_a, until_us, &mine, e);
    if (ok && mine) {
        ok = lock(t, t->fd_b, until_us, &mine, e);
        (void)flock(t->fd_a, LOCK_UN);
    }
    if (!ok) {
        release_job_control(t);
        return false;
    }
    t->late = !mine;
    *waited_us = clock_boot_us() - start_us;
    return true;
}

void turn_lock_drop(struct turn_lock *t) {
    int rc = flock(t->fd_b, LOCK_UN); /* of a turn that did not come: nothing */
    ASSERT(rc == 0);
    release_job_control(t);
}
