/*
 * discard: the bytes of answers that nobody has any more. A file of its own is unlinked; a place in
 * a segment file becomes a hole, and a file that is all holes, or never had an answer, goes.
 */
#ifndef BASE_DISCARD_H
#define BASE_DISCARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Nobody appends to a segment file any more that was left alone so long (segment.h). */
#define DISCARD_QUIET_S 3600

/* `path` below the folder `results`; offset 0 = the file is this answer. What is gone already is no
 * error. A segment file keeps its time of change, which tells when it was appended to. Blocks on
 * the disk. */
bool discard_answer(const char *results, const char *path, int64_t offset, int64_t bytes,
                    struct err *e) MUST_CHECK;

/* Unlinks segment files that hold no answers but discarded ones and were left alone for
 * DISCARD_QUIET_S; *removed is how many. Reads each such file up to its first answer that is there.
 */
bool discard_segments(const char *results, int64_t *removed, struct err *e) MUST_CHECK;

#endif
