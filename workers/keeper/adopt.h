/*
 * adopt: an answer that was published as a file before its worker died costs nothing: it is found
 * by the attempt's key, checked against the hash in its own name, and settled as the answer it is.
 */
#ifndef KEEPER_ADOPT_H
#define KEEPER_ADOPT_H

#include "store/store.h"

/* Settles every open attempt of the (dead) worker whose file is in `results`; *adopted counts them.
 * A file whose content is not what its name says is left where it is and not used. Reads the files
 * whole: blocks on the disk. */
bool adopt_files(struct store *s, const char *results, int64_t worker_id, int64_t *adopted,
                 struct err *e) MUST_CHECK;

#endif
