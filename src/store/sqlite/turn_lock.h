/*
 * turn_lock: a fair queue for writers, by two advisory locks on two side files.
 *
 * SQLite's own waiting is a lottery (a writer can starve for seconds). Here: take A, take B, drop
 * A, transact, drop B. Whoever waits for B holds A, so at most one waits for B, and the kernel
 * serves those who wait for A in order. The files lie beside the database and are never the
 * database itself: closing a descriptor of that would drop SQLite's own locks. A dead holder's
 * locks fall by themselves.
 */
#ifndef STORE_SQLITE_TURN_LOCK_H
#define STORE_SQLITE_TURN_LOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

/* A healthy turn is over in milliseconds, one of a large load in tenths of a second. */
#define TURN_LOCK_WAIT_MS 3000
/* After a turn that did not come, until one comes again. */
#define TURN_LOCK_LATE_WAIT_MS 20

struct turn_lock {
    int fd_a, fd_b;
    bool late;               /* the last turn did not come in time */
    bool has_timer;          /* made with the first wait … */
    timer_t timer;           /* … for the thread that waits */
    pid_t timer_thread;      /* 0 = none */
    sigset_t signals_before; /* of the thread, while it has or awaits its turn */
};

#define TURN_LOCK_CLOSED ((struct turn_lock){.fd_a = -1, .fd_b = -1})

bool turn_lock_open(struct turn_lock *t, const char *database_path, struct err *e) MUST_CHECK;
void turn_lock_close(struct turn_lock *t);

/* Blocks until it is this process's turn, but not for ever: a holder may be frozen (SIGSTOP, a
 * stopped container). After TURN_LOCK_WAIT_MS it goes on without the turn, which is still correct:
 * SQLite's own locks decide. *waited_us says how long it took. Between take and drop the thread is
 * not stopped by Ctrl-Z. Uses the signal SIGRTMIN, only ever for the calling thread. */
bool turn_lock_take(struct turn_lock *t, int64_t *waited_us, struct err *e) MUST_CHECK;
void turn_lock_drop(struct turn_lock *t);

#endif
