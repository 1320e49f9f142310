/* turn_lock.c: see turn_lock.h. */
#include "store/sqlite/turn_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"

#define TURN_LOCK_MODE 0660
#define TURN_LOCK_PATH_MAX 4096

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
    *t = TURN_LOCK_CLOSED;
}

static bool lock(int fd, struct err *e) {
    int rc;
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    return rc == 0 || err_set_errno(e, errno, "waiting for the write turn");
}

static void hold_job_control(struct turn_lock *t) {
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTSTP);
    (void)sigaddset(&stops, SIGTTIN);
    (void)sigaddset(&stops, SIGTTOU);
    int rc = pthread_sigmask(SIG_BLOCK, &stops, &t->signals_before);
    ASSERT(rc == 0);
}

static void release_job_control(const struct turn_lock *t) {
    int rc = pthread_sigmask(SIG_SETMASK, &t->signals_before, NULL);
    ASSERT(rc == 0);
}

bool turn_lock_take(struct turn_lock *t, int64_t *waited_us, struct err *e) {
    int64_t start_us = clock_boot_us();
    hold_job_control(t);
    bool ok = lock(t->fd_a, e);
    if (ok) {
        ok = lock(t->fd_b, e);
        (void)flock(t->fd_a, LOCK_UN);
    }
    if (ok)
        *waited_us = clock_boot_us() - start_us;
    else
        release_job_control(t);
    return ok;
}

void turn_lock_drop(struct turn_lock *t) {
    int rc = flock(t->fd_b, LOCK_UN);
    ASSERT(rc == 0);
    release_job_control(t);
}
