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

/* How a value is read. */
enum fact_as {
    FACT_TEXT,
    FACT_NUMBER,   /* digits, perhaps with a fraction */
    FACT_SECONDS,  /* as in Retry-After: seconds, fractions too, or an HTTP date */
    FACT_MS,       /* milliseconds */
    FACT_DURATION, /* 1s, 6m0s, 1h2m3.5s, 20ms */
    FACT_EPOCH,    /* a moment: seconds since 1970, or milliseconds where it is that large */
};

struct fact_name { /* as it stands in a profile's text; the text is not owned */
    enum fact_from from;
    const char *text;
    size_t bytes;
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

void fact_wanted_release(struct fact_wanted *w);

/* The index of this name, which is wanted from now on. Fails with ERR_CONFIG: no name of a header,
 * no JSON pointer (*at is the offset in it), too many. */
bool fact_want(struct fact_wanted *w, const struct fact_name *name, size_t *index, size_t *at,
               struct err *e) MUST_CHECK;

/* Parses "header:NAME [AS] json:/POINTER [AS] …"; a bare NAME at the start is a header. AS is a
 * word of enum fact_as: text, number, seconds, ms, duration or epoch. Without it the value is read
 * as `usual`, or as ms when that is a time and the name ends in -ms. On failure *at is the offset
 * of the fault. */
bool fact_list_parse(struct fact_wanted *w, const char *text, enum fact_as usual,
                     struct fact_list *out, size_t *at, struct err *e) MUST_CHECK;

/* "text", "number", …: false when `word` is none of them. */
bool fact_as_parse(const char *word, enum fact_as *out);

/* The first value there is; NULL = none. */
const char *fact_text(const struct fact_list *list, const struct fact_values *values);

/* The first readable number that is not negative, rounded up; -1 = none. */
int64_t fact_number(const struct fact_list *list, const struct fact_values *values);

/* How long until …: the first readable time, 0 … max_ms; -1 = none. `now_wall_ms` serves dates and
 * moments. */
int64_t fact_wait_ms(const struct fact_list *list, const struct fact_values *values,
                     int64_t now_wall_ms, int64_t max_ms);

/* The same for one value. */
int64_t fact_read_wait_ms(const char *value, enum fact_as as, int64_t now_wall_ms, int64_t max_ms);

#endif
