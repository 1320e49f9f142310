/*
 * nearest: "did you mean": the known name that a mistyped one is closest to.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#define NEAREST_NAME_MAX 128 /* bytes; longer names are never suggested */

struct nearest {
    const char *typed; /* the caller's */
    size_t best_edits;
    char best[NEAREST_NAME_MAX + 1]; /* "" = none is close */
};

void nearest_init(struct nearest *n, const char *typed);
void nearest_offer(struct nearest *n, const char *known);

/* "; did you mean NAME?" into out, or "" when nothing is near. Returns out. */
const char *nearest_hint(const struct nearest *n, char *out, size_t out_bytes);

#endif
