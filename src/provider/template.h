/*
 * template: text with ${…} in it, parsed once when the profile is loaded.
 *
 * ${json:x} goes inside a JSON string, ${url:x} is percent-encoded, ${xml:x} goes into XML text or
 * attributes, ${raw:x} is as it is, ${x} is raw too but never allowed for what a job brings, and
 * ${secret:NAME} is a secret. Which place allows what is decided by provider/check.c. Pure.
 */
#ifndef PROVIDER_TEMPLATE_H
#define PROVIDER_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define TEMPLATE_PIECES_MAX 512
#define TEMPLATE_NAME_MAX 48

/* X(enum, prefix in the text; NULL = written without one) */
#define TEMPLATE_KINDS(X)                                                                          \
    X(TEMPLATE_LITERAL, NULL)                                                                      \
    X(TEMPLATE_BARE, NULL)                                                                         \
    X(TEMPLATE_RAW, "raw")                                                                         \
    X(TEMPLATE_JSON, "json")                                                                       \
    X(TEMPLATE_URL, "url")                                                                         \
    X(TEMPLATE_XML, "xml")                                                                         \
    X(TEMPLATE_SECRET, "secret")

enum template_kind {
#define TEMPLATE_ENUM(name, prefix) name,
    TEMPLATE_KINDS(TEMPLATE_ENUM)
#undef TEMPLATE_ENUM
        TEMPLATE_KIND_COUNT
};

struct template_piece {
    enum template_kind kind;
    char *text; /* the literal, or the placeholder's name */
    size_t bytes;
    size_t at; /* offset in the parsed text */
};

struct template {
    struct template_piece *pieces;
    size_t count;
};

/* What the placeholders stand for. Both return NULL for what has no value; the result lives until
 * the rendering is over. */
struct template_values {
    const char *(*find)(const void *context, const char *name);
    const char *(*secret)(const void *context, const char *name);
    const void *context;
};

/* Parses `text`. On failure *at is the offset of the fault and the message does not name it. */
bool template_parse(const char *text, struct template **out, size_t *at, struct err *e) MUST_CHECK;
void template_free(struct template *t); /* NULL is fine */

/* Appends the rendered text to out. Fails with ERR_INPUT for a placeholder without a value or a
 * value that its place cannot hold, ERR_CONFIG for a missing secret. */
bool template_render(const struct template *t, const struct template_values *values,
                     struct buf *out, struct err *e) MUST_CHECK;

/* Appends `value` escaped as `kind` says. False: it does not fit, or cannot be written so. */
bool template_escape(enum template_kind kind, const char *value, struct buf *out) MUST_CHECK;

#endif
