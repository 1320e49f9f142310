/*
 * memory_need: is there memory for as many workers and calls as the configuration allows?
 *
 * Asked before the first call: what is found out later is found out by the kernel's killer, amid
 * calls that are paid for.
 */
#ifndef CLI_CARE_MEMORY_NEED_H
#define CLI_CARE_MEMORY_NEED_H

#include "base/err.h"
#include "config/config.h"

/* By /proc/PID/smaps of idle workers, and of one with 100 calls in flight (tests/bench/run),
 * rounded up. */
#define MEMORY_SHARED_BYTES (16LL << 20)   /* the program and its libraries, once */
#define MEMORY_PROCESS_BYTES (8LL << 20)   /* each process, with nothing to do */
#define MEMORY_CALL_BYTES (256LL << 10)    /* a call: buffers, TLS; its answer comes on top */
#define MEMORY_ADDRESS_BYTES (160LL << 20) /* addresses of a worker, most of them never touched */

/* The most that the service needs when every account is full. */
int64_t memory_need_bytes(const struct config *c);

/* ERR_CONFIG: the workers could not even start; ERR_MEMORY: they may be killed at work. *e says in
 * one line what is needed, what there is and what to change. */
bool memory_need_check(const struct config *c, struct err *e) MUST_CHECK;

#endif
