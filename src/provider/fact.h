/*
 * fact: what is to be known of an answer besides its audio, and where that stands: a header, or a
 * JSON value in the body. A profile's rules and keys (request_id, retry_after, live.…, cost) name
 * their facts; each name is wanted once, and who reads the answer hands the values over by index:
 *
 *   profile text ─▶ struct fact_wanted ─▶ reader of headers and body ─▶ struct fact_values
 *
 * Pure.
 */
#ifndef PROVIDER_FACT_H
#define PROVIDER_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FACT_NAMES_MAX 24 /* different headers of a profile, and different pointers */
#define FACT_SOURCES_MAX 4
#define FACT_BYTES_MAX 256 /* of a value: the readers cut what is longer */

enum fact_from {
    FACT_HEADER,
    FACT_JSON,
};

enum fact_as { /* how a value is read */
               FACT_TEXT,
               FACT_NUMBER,   /* digits, perhaps with a fraction */
               FACT_SECONDS,  /* as in Retry-After: seconds, fractions too, or an HTTP date */
               FACT_MS,       /* milliseconds */
               FACT_DURATION, /* 1s, 6m0s, 1h2m3.5s, 20ms */
               FACT_EPOCH,    /* a moment: seconds since 1970, milliseconds when that large */
};

struct fact_source {
    enum fact_from from;
    enum fact_as as;
    size_t index; /* in fact_wanted.headers or .pointers */
};

struct fact_list { /* sources in order: the first with a readable value counts */
    struct fact_source sources[FACT_SOURCES_MAX];
    size_t count;
};

struct fact_names {
    char *names[FACT_NAMES_MAX]; /* owned; headers in lower case */
    size_t count;
};

struct fact_wanted {
    struct fact_names headers;  /* response headers, by name */
    struct fact_names pointers; /* JSON pointers (RFC 6901; provider/pointer.h) into the body */
};

/* What was found, by the index in fact_wanted: `headers` and `pointers` have as many entries as
 * there are names; NULL where nothing was found. Of a body with several documents the newest value.
 * Strings, numbers, true and false count, as text. A NULL array: not looked for. */
struct fact_values {
    const char *const *headers;
    const char *const *pointers;
};

#endif
