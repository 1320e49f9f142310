/*
 * reasons: jobs grouped by their state and the reason for it, the most common first: what a person
 * wants to see of ten thousand failures.
 */
#ifndef CLI_VIEW_REASONS_H
#define CLI_VIEW_REASONS_H

#include <jansson.h>

#include "store/store.h"

#define REASONS_MAX 200 /* different ones; more are added up under the last */

struct reason {
    enum job_state state;
    char *why; /* "" = none on record */
    int64_t jobs;
    int64_t example; /* one of them */
};

struct reasons {
    struct reason list[REASONS_MAX];
    size_t count;
};

/* Zero-initialise. */
void reasons_add(struct reasons *r, const struct store_job_row *row);
/* Sorts, then one line a reason: "3 failed: HTTP 500 … (`ttsq why 17`)". */
void reasons_print(struct reasons *r);
/* [{state, why, jobs, example}] */
json_t *reasons_json(struct reasons *r);
void reasons_release(struct reasons *r);

#endif
