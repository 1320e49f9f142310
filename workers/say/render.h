/*
 * render: the bodies and headers of a shape's answers, from documents with placeholders:
 *
 *   {id} {req} {chars} {bytes} {billed} {ms} {in_flight} {url}   in any string
 *   {audio} {audio:base64} {audio:hex}                  the sound, or one piece of it
 *   "{#chars}" as a whole string                        the number itself
 *
 * Knows nothing of HTTP. Any thread.
 */
#ifndef SAY_RENDER_H
#define SAY_RENDER_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "encode.h"

#define RENDER_BODY_BYTES_MAX ((size_t)256 << 20)
#define RENDER_HEADER_BYTES_MAX 1024

struct render_values {
    uint64_t req;
    uint64_t in_flight;
    uint64_t chars, bytes; /* of the text */
    uint64_t billed;       /* what the vendor says that it cost: not what it has */
    uint64_t ms;           /* how long the sound lasts */
    const char *url;       /* where the sound can be fetched */
    struct encode_blob audio;
};

/* ERR_INPUT when a string in `document` has a placeholder that is none. */
bool render_check(const json_t *document, struct err *e) MUST_CHECK;

/* Appends a string with its placeholders filled in. */
void render_text(const char *text, const struct render_values *v, struct buf *out);

/* Appends the body that `answer` (a shape's answer, or a case) describes: a string as it is,
 * another document as JSON, a stream as its events. Nothing for one without a body. */
void render_body(const json_t *answer, const struct render_values *v, struct buf *out);

#endif
