/*
 * adopt: an answer that was made durable before its worker died costs nothing: it is found by the
 * attempt's key, as a file of its own or in the worker's segment files, checked against the hash in
 * its name or header, and settled as the answer it is.
 */
#ifndef KEEPER_ADOPT_H
#define KEEPER_ADOPT_H

#include "store/store.h"

/* Settles every open attempt of the (dead) worker whose answer is in `results`; *adopted counts
 * them. Content that is not what its name or header says is left where it is and not used. Reads
 * the files whole, of segment files the headers: blocks on the disk. */
bool adopt_answers(struct store *s, const char *results, int64_t worker_id, int64_t *adopted,
                   struct err *e) MUST_CHECK;

#endif
