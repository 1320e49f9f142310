/*
 * restart: how long to wait before a process that died is started again.
 *
 * Pure: lives and causes in, milliseconds out. Two things must not happen: a program that dies at
 * start must not burn the machine, and a healthy worker that something killed must not be missed
 * for a second (P6). So only the program's own deaths lengthen the wait; who is killed from
 * outside, or ends in good order unasked, is back at once, and only when that goes on and on are
 * starts kept RESTART_SPACING_MS apart. And who waits for room on the disk must go on soon after
 * there is some.
 */
#ifndef FLEET_RESTART_H
#define FLEET_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#define RESTART_FIRST_MS 1000    /* wait after the second crash; doubles from there */
#define RESTART_MOST_MS 30000    /* longest wait */
#define RESTART_HEALTHY_MS 60000 /* a life this long makes the next crash a first one again */
#define RESTART_SPACING_MS 500   /* least time from ready, or death before, to the next start */

enum restart_cause {
    RESTART_CRASHED, /* exit code, signal of its own, hung, could not be started */
    RESTART_WAITS,   /* it could not start for a reason that time mends */
    RESTART_KILLED,  /* SIGKILL that was not ours, ready or not; exit 0 unasked, once ready */
};

struct restart {
    int crashes;    /* in a row; zero-initialise */
    bool was_brief; /* the last that was killed had lived for less than RESTART_SPACING_MS */
};

/* The wait before the next start: RESTART_FIRST_MS for who waits; for crashes in a row 0, 1, 2, 4 …
 * 30 s; for who was killed 0, but for the second brief life in a row what it lacks of the spacing.
 * `healthy_ms` is how long the process lived after it was ready, 0 if it never was. Updates *r. */
int64_t restart_wait_ms(struct restart *r, enum restart_cause cause, int64_t healthy_ms);

#endif
