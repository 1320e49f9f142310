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
#include <stdint.h>

#include "base/err.h"

struct turn_lock {
    int fd_a, fd_b;
    sigset_t signals_before; /* of the thread, while it has or awaits its turn */
};

#define TURN_LOCK_CLOSED ((struct turn_lock){.fd_a = -1, .fd_b = -1})

bool turn_lock_open(struct turn_lock *t, const char *database_path, struct err *e) MUST_CHECK;
void turn_lock_close(struct turn_lock *t);

/* Blocks until it is this process's turn; *waited_us says how long that was. There is no time
 * limit, so a process must not be stopped in its turn: Ctrl-Z waits until the turn is over.
 * (Against SIGSTOP there is no help; a frozen worker is killed by its supervisor.) */
bool turn_lock_take(struct turn_lock *t, int64_t *waited_us, struct err *e) MUST_CHECK;
void turn_lock_drop(struct turn_lock *t);

#endif
