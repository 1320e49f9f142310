/*
 * timeline: the calls of a job for people: each when it began after the first, equal ones in a row
 * as one line.
 */
#ifndef CLI_VIEW_TIMELINE_H
#define CLI_VIEW_TIMELINE_H

#include "store/store.h"

/* Prints the table on stdout, an empty line before it; nothing for a job without calls. */
bool timeline_print(struct store *s, int64_t job_id, struct err *e) MUST_CHECK;

#endif
