/*
 * loop: what binds dispatch to libuv: a step before the loop waits, and one timer that ends the
 * wait. The rules behind dispatch_step know no loop, so that the simulation (tests/sim) can run
 * them on a clock of its own.
 */
#ifndef CALL_LOOP_H
#define CALL_LOOP_H

#include <uv.h>

#include "dispatch.h"

struct loop {
    struct dispatch *dispatch;
    uv_prepare_t prepare;
    uv_timer_t wake;
    uint64_t wake_ms; /* loop time that the timer is set to; DISPATCH_NEVER = it is not set */
};

/* From now on each turn of the loop is a step of `d`, whose host names the loop. */
void loop_open(struct loop *l, struct dispatch *d);
/* Closes the handles; the loop must still run once. */
void loop_close(struct loop *l);

/* The loop's time: monotonic milliseconds, the same during one turn of the loop. */
uint64_t loop_now_ms(const struct call_host *host);

#endif
