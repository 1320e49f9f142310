/*
 * sse_scan: server-sent events, a piece at a time: the data of each event comes out, its lines
 * joined by a line feed. Lines may end in LF, CR LF or CR; comments and fields other than `data`
 * are passed over; a byte order mark at the beginning too. An event whose data is [DONE] (how many
 * servers say that a stream is over) is passed over. Pure; memory is one small struct.
 * Source: WHATWG HTML, "Server-sent events", section 9.2.6.
 */
#ifndef PROVIDER_SSE_SCAN_H
#define PROVIDER_SSE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SSE_HELD_BYTES 6 /* of [DONE] */

struct sse_scan_callbacks {
    bool (*on_data)(void *arg, const char *data, size_t bytes, struct err *e);
    bool (*on_event)(void *arg, struct err *e); /* the event with that data is over */
};

struct sse_scan {
    const struct sse_scan_callbacks *callbacks;
    void *arg;
    int state;
    size_t name_bytes; /* of the line's field name that are as in "data" */
    size_t line_bytes; /* of this line, to know an empty one */
    bool after_return; /* a line feed now belongs to the return before it */
    bool has_data;     /* the event has a data line */
    bool is_passing;   /* its data goes out; else it may be [DONE] still */
    size_t held;       /* bytes of [DONE] so far */
    size_t mark_bytes; /* of the byte order mark so far */
};

void sse_scan_begin(struct sse_scan *s, const struct sse_scan_callbacks *callbacks, void *arg);
bool sse_scan_feed(struct sse_scan *s, const char *data, size_t bytes, struct err *e) MUST_CHECK;
/* The stream is over. An event that lacks only its empty line counts. */
bool sse_scan_end(struct sse_scan *s, struct err *e) MUST_CHECK;

#endif
