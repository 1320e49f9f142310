/*
 * json_scan: a JSON reader that never holds the document: bytes go in as they arrive, in any
 * pieces, and the scalars at a set of pointers come out, in pieces too. Memory is one fixed struct
 * however long the document, its strings and its keys are. (jansson builds the whole document: a
 * body of 50 MB with one string in it would cost 50 MB twice.)
 *
 * Structure is read strictly (RFC 8259): what jansson refuses is refused here, except that what
 * strings hold is not judged: bytes that are no UTF-8 pass, half a surrogate pair and \u0000 become
 * U+FFFD. Members may repeat; each is reported. Pure.
 */
#ifndef PROVIDER_JSON_SCAN_H
#define PROVIDER_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define JSON_SCAN_DEPTH_MAX 64    /* containers inside one another */
#define JSON_SCAN_POINTERS_MAX 32 /* followed at a time: bits of a mask */
#define JSON_POINTER_TOKENS_MAX 16
#define JSON_POINTER_BYTES_MAX 256

/* RFC 6901, plus one step of our own: `~json` reads on inside the JSON text that a string holds, as
 * in /data/~json/url (no real step can look so: a ~ is written ~0). */
struct json_path { /* the steps of a pointer, or of one of its two parts; may be copied */
    size_t count;
    uint16_t at[JSON_POINTER_TOKENS_MAX + 1]; /* token i is text[at[i]] … text[at[i + 1]] */
    char text[JSON_POINTER_BYTES_MAX];
};

struct json_pointer {
    struct json_path outer;
    struct json_path inner; /* behind ~json */
    bool has_inner;
};

/* Parses "" (the whole document) or "/a/0/b~1c". *at is set to the offset of a fault. */
bool json_pointer_parse(struct json_pointer *out, const char *text, size_t *at,
                        struct err *e) MUST_CHECK;

enum json_type {
    JSON_SCAN_STRING,
    JSON_SCAN_NUMBER,
    JSON_SCAN_WORD /* true, false */,
    JSON_SCAN_NULL
};

/* `hits`: a bit for each path that leads here. A callback that returns false with *e filled ends
 * the reading. */
struct json_scan_callbacks {
    bool (*on_begin)(void *arg, uint32_t hits, enum json_type type, struct err *e);
    /* Decoded text of a string, or a number or word as written, in pieces; none of a null. */
    bool (*on_piece)(void *arg, uint32_t hits, const char *text, size_t bytes, struct err *e);
    bool (*on_end)(void *arg, uint32_t hits, enum json_type type, struct err *e);
    bool (*on_document)(void *arg, struct err *e); /* a whole document has been read; may be NULL */
};

struct json_scan_level {
    uint32_t mask;  /* paths that lead to this container */
    uint32_t index; /* of the next element of an array */
    bool is_object;
};

struct json_search { /* what is looked for in a document, and who is told */
    const struct json_path *paths;
    size_t path_count; /* JSON_SCAN_POINTERS_MAX at most */
    uint32_t mask;     /* of the paths to follow */
    bool is_stream;    /* documents may follow one another, with or without white space between */
    const struct json_scan_callbacks *callbacks;
    void *arg;
};

struct json_scan {
    struct json_search search;

    int state;
    int string_state;
    int number_state;
    const char *word; /* what is left of true, false or null */
    size_t depth;
    struct json_scan_level levels[JSON_SCAN_DEPTH_MAX];
    uint32_t child_mask; /* paths that lead to the value that comes next */
    uint32_t hits;       /* paths that end at the scalar under way */
    enum json_type type;
    bool in_key;
    size_t key_bytes; /* of the key so far */
    unsigned code_unit, digits, high_surrogate;
    int64_t offset; /* bytes read */
    int64_t documents;
};

/* Copies the search; its paths and callbacks must outlive the scan. */
void json_scan_begin(struct json_scan *s, const struct json_search *search);

/* Reads a piece. After a failure (ERR_INPUT with the offset in the line, or a callback's) nothing
 * more may be fed. */
bool json_scan_feed(struct json_scan *s, const char *data, size_t bytes, struct err *e) MUST_CHECK;

/* The input is over: fails when a document is not;
 * white space alone is no document and no fault. */
bool json_scan_end(struct json_scan *s, struct err *e) MUST_CHECK;

#endif
