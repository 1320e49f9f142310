/*
 * pattern: text with {name} in it, matched against what a client sent: "Bearer {secret}",
 * "/v1/text-to-speech/{voice}", an SSML document around {text}.
 *
 * A capture takes as little as lets the rest match, and at least one byte. White space in a pattern
 * stands for any white space. Pure.
 */
#ifndef SAY_PATTERN_H
#define SAY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PATTERN_NAME_BYTES 16
#define PATTERN_CAPTURES_MAX 8

struct pattern_capture {
    char name[PATTERN_NAME_BYTES];
    const char *at; /* inside the matched text */
    size_t bytes;
};

struct pattern_captures {
    struct pattern_capture capture[PATTERN_CAPTURES_MAX];
    size_t count;
};

/* Whether all of `text` is as `pattern` says. out->count is undefined when not. */
bool pattern_match(const char *pattern, const char *text, struct pattern_captures *out) MUST_CHECK;

/* Whether the captured bytes are what their name promises: `number`, `uuid`, `word` (no slash);
 * every other name takes anything. */
bool pattern_capture_is_good(const struct pattern_capture *capture) MUST_CHECK;

#endif
