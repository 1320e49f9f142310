/*
 * turns: what a worker says to the store with its next turn, and what it does with the result. A
 * part of dispatch (dispatch.h); pure as that is. When a turn is due is dispatch.c's.
 */
#ifndef CALL_TURNS_H
#define CALL_TURNS_H

#include "dispatch.h"

/* Gathers what has ended, what is idle and what is wanted, and hands it to the store. */
void turns_begin(struct dispatch *d, bool remove_worker);

/* The turn has succeeded: frees what it settled, takes slots and claims. True when it claimed. */
bool turns_take(struct dispatch *d, struct store_thread_request *request);

#endif
