/* prune_lock.c: see prune_lock.h. */
#include "fleet/prune_lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define AGAIN_NS 5000000L
#define TELL_MS 1000

static bool take(int fd, enum prune_lock_for purpose, bool *taken, struct err *e) {
    int how = purpose == PRUNE_LOCK_BACKUP ? LOCK_SH : LOCK_EX;
    *taken = flock(fd, how | LOCK_NB) == 0;
    return *taken || errno == EWOULDBLOCK || errno == EINTR ||
           err_set_errno(e, errno, "cannot lock the fleet's folder");
}

static bool give_up(enum prune_lock_for purpose, struct err *e) {
    return err_set(e, ERR_LATER, "%s; try again when it has ended",
                   purpose == PRUNE_LOCK_BACKUP
                       ? "a prune is at work"
                       : "a backup is being made, or another prune is at work");
}

static bool wait_for_it(int fd, enum prune_lock_for purpose, int64_t most_ms, void (*waiting)(void),
                        struct err *e) {
    const struct timespec pause = {.tv_nsec = AGAIN_NS};
    int64_t since_boot_ms = clock_boot_ms();
    for (;;) {
        bool taken;
        int64_t waited_ms = clock_boot_ms() - since_boot_ms;
        if (!take(fd, purpose, &taken, e))
            return false;
        if (taken)
            return true;
        if (waited_ms >= most_ms)
            return give_up(purpose, e);
        if (waiting && waited_ms >= TELL_MS) {
            waiting();
            waiting = NULL;
        }
        (void)nanosleep(&pause, NULL);
    }
}

bool prune_lock_open(const char *fleet, enum prune_lock_for purpose, int64_t most_ms,
                     void (*waiting)(void), int *fd, struct err *e) {
    if (!file_mkdir_shared(fleet, e) || !file_open_dir(fleet, fd, e))
        return false;
    bool ok = wait_for_it(*fd, purpose, most_ms, waiting, e);
    if (!ok) {
        close(*fd);
        *fd = -1;
    }
    return ok;
}
