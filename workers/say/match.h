/*
 * match: whether a request is as its vendor wants it, and what it asks for.
 *
 * Works on a document of what was seen: {"method","path","query":{},"headers":{},"json" or "text"}.
 * Pure.
 */
#ifndef SAY_MATCH_H
#define SAY_MATCH_H

#include "shape.h"
#include "speech.h"

struct match {
    char *text, *voice, *format; /* ours; NULL = not captured */
    char problem[SPEECH_MESSAGE_BYTES];
};

/* Compares `seen` with the shape's request, and masks in `seen` what a pattern calls {secret}.
 * false: out->problem says what is missing, wrong or too much. Released by match_release. */
bool match_request(const struct shape *shape, json_t *seen, struct match *out) MUST_CHECK;
void match_release(struct match *m);

#endif
