/*
 * files: sounds that an answer only points to, kept for the client that fetches them by a second
 * request. The last FILES_MAX are remembered. Any thread.
 */
#ifndef SAY_FILES_H
#define SAY_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "encode.h"

#define FILES_MAX 64

struct files;

struct files_file {
    struct encode_blob blob; /* a copy, of the taker */
    const char *content_type;
    unsigned status; /* what this one request gets */
};

struct files *files_new(void);
void files_free(struct files *f);

/* Remembers a copy of `blob` as file `req`. Its first request gets `first_status` instead of 200,
 * unless that is 0. `content_type` is a literal. */
void files_put(struct files *f, uint64_t req, const struct encode_blob *blob,
               const char *content_type, unsigned first_status);

/* A request for file `req`: false when there is none (any more).
 * The caller frees out->blob.data. */
bool files_take(struct files *f, uint64_t req, struct files_file *out);

#endif
