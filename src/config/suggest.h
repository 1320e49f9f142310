/*
 * suggest: "did you mean" for keys, sections and names in a configuration. Pure.
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include <stddef.h>

#define SUGGEST_NAME_MAX 64 /* bytes; longer names are neither offered nor searched for */

struct suggest {
    const char *typed;
    const char *best; /* NULL = nothing is near */
    size_t best_edits;
};

void suggest_init(struct suggest *s, const char *typed);
void suggest_offer(struct suggest *s, const char *known); /* `known` outlives s */

/* "; did you mean NAME?" into out, or "" when nothing is near. Returns out. */
const char *suggest_text(const struct suggest *s, char *out, size_t out_bytes);

#endif
