/*
 * job_view: one job as `list` and `show` present it.
 */
#ifndef CLI_VIEW_JOB_VIEW_H
#define CLI_VIEW_JOB_VIEW_H

#include <jansson.h>

#include "cli/session.h"

/* {id, batch, seq, name, state, attempts[], result{}, why, …}; reads the attempts, with what the
 * provider said to each when `excerpts`. NULL with *e. */
json_t *job_view_json(struct session *s, const struct store_job_row *row, bool excerpts,
                      struct err *e);

/* Is its result that of an equal job's call? */
bool job_view_is_shared(const struct store_job_row *row);

/* Why it is where it is; NULL = nothing to say. all_are_dead: status_all_are_dead. What is made for
 * it is in `time`: "starts at 2026-11-22T22:00:00Z". */
#define JOB_VIEW_WHY_BYTES 64
const char *job_view_why(const struct store_job_row *row, bool all_are_dead,
                         char time[JOB_VIEW_WHY_BYTES]);

#endif
