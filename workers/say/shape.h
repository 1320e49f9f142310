/*
 * shape: how one vendor's endpoint looks, read from a file of JSON: what a request must hold, what
 * an answer holds, and named cases of going wrong. Immutable once loaded, so threads share it.
 *
 * A shape FOLDER/NAME.json is served below /NAME. README.md describes the language.
 */
#ifndef SAY_SHAPE_H
#define SAY_SHAPE_H

#include <jansson.h>

#include "base/err.h"

#define SHAPE_NAME_BYTES 32 /* of a shape or a case, with its NUL */
#define SHAPES_MAX 32
#define SHAPE_PIECES_MAX 64

struct shape {
    char name[SHAPE_NAME_BYTES];
    json_t *root; /* ours; the rest is inside it */
    const json_t *request, *formats, *answer, *cases;
};

struct shapes {
    struct shape shape[SHAPES_MAX];
    size_t count;
};

/* Adds the shape of a file. ERR_INPUT, with the file's name (and line, for JSON that is none), when
 * it says what nobody understands. */
bool shapes_load(struct shapes *s, const char *path, struct err *e) MUST_CHECK;
void shapes_release(struct shapes *s);

/* The shape that a URL's path begins with, or NULL; *rest is the path behind it ("/…" or ""). */
const struct shape *shapes_find(const struct shapes *s, const char *path, const char **rest);

/* The case of that name, or NULL. */
const json_t *shape_case(const struct shape *shape, const char *name, size_t bytes);

#endif
