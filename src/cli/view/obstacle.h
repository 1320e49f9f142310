/*
 * obstacle: what keeps the ready jobs of a batch, or all of an account, from being called, and what
 * to do about it: in the same words wherever it is told.
 */
#ifndef CLI_VIEW_OBSTACLE_H
#define CLI_VIEW_OBSTACLE_H

#include "cli/session.h"
#include "cli/view/text.h"

#define OBSTACLE_BYTES (TEXT_SHOWN_BYTES + 512)

struct obstacle {
    const char *brief;           /* "account paused", for a narrow line; NULL = nothing is */
    char reason[OBSTACLE_BYTES]; /* what is known beside the brief: "tea"; "" = no more */
    char why[OBSTACLE_BYTES];    /* the whole of it: "account main is paused: tea" */
    char advice[OBSTACLE_BYTES]; /* "" = it will be over by itself soon */
};

/* What a person has to mend comes before what ends by itself. `batch` is its name as it may be
 * copied into a command; NULL = of the account that *counts tells of. Looks at the supervisor's
 * lock and at the disk: not in a tight loop (SERVICE_LOOK_MS). Never fails. */
void obstacle_find(const struct config *c, const struct session_counts *counts, const char *batch,
                   struct obstacle *out);

#endif
