/*
 * slots: which job starts when on which slot of an account, and what the end of its call leads to.
 * A part of dispatch (dispatch.h); pure as that is.
 */
#ifndef CALL_SLOTS_H
#define CALL_SLOTS_H

#include "dispatch.h"

/* May this worker begin a call at all at the moment? */
bool slots_may_call(const struct dispatch *d);

/* Starts whatever may start on idle slots: of one account, of all. */
void slots_run_idle(struct dispatch *d, struct account *a);
void slots_run_all(struct dispatch *d);

/* Gives back staged jobs that have waited for longer than age_ms (0 = all), unsent. */
void slots_give_back(struct dispatch *d, struct account *a, int64_t age_ms);

/* The call has a settle: the next turn tells it. */
void slots_end(struct dispatch *d, struct call *c);

/* Makes a large answer durable, again when there was no room for it before. */
void slots_store_answer(struct dispatch *d, struct call *c);

/* A call is over (call_host.on_over): the slot first, then the answer. */
void slots_on_over(void *arg, struct call *c);

#endif
