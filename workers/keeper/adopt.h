/*
 * adopt: an answer that was made durable before its worker died costs nothing: it is found by the
 * attempt's key, as a file of its own or in the worker's segment files, checked against the hash in
 * its name or header, and settled as the answer it is. So is one of a worker that was frozen before
 * it could settle it.
 */
#ifndef KEEPER_ADOPT_H
#define KEEPER_ADOPT_H

#include "fleet/presence.h"
#include "store/store.h"

/* Settles every open attempt of the worker, dead or without leases, whose answer is in `results`;
 * *adopted counts them. An answer that `record` says was asked for in other words than its claim's
 * is not shared. (When nothing is known, after a reboot, it is shared: a reload in the last second
 * before is less likely than equal texts that would be paid again.) Content that is not what its
 * name or header says is left where it is and not used. Reads the files whole, of segment files the
 * headers: blocks on the disk. */
bool adopt_answers(struct store *s, const char *results, int64_t worker_id,
                   const struct presence_record *record, int64_t *adopted,
                   struct err *e) MUST_CHECK;

#endif
