/*
 * nearest: "did you mean": the known name that a mistyped one is closest to.
 */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

#define NEAREST_NAME_MAX 128 /* bytes; longer names are never suggested */

struct nearest {
    const char *typed; /* the caller's */
    size_t best_edits;
    char best[NEAREST_NAME_MAX + 1]; /* "" = none is close */
};

void nearest_init(struct nearest *n, const char *typed);
void nearest_offer(struct nearest *n, const char *known);

#endif
