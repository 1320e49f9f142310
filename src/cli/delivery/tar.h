/*
 * tar: files into one tar file, by libarchive; the only place that knows it.
 */
#ifndef CLI_DELIVERY_TAR_H
#define CLI_DELIVERY_TAR_H

#include "audio/source.h"
#include "base/err.h"
#include "base/sha256.h"

struct tar;

/* Begins at the start of `fd`, which must be readable, too, and stays the caller's. */
bool tar_new(struct tar **out, int fd, struct err *e) MUST_CHECK;
void tar_free(struct tar *t); /* NULL is fine */

/* All of `source` as the file `name` (UTF-8, '/' makes folders); its hash to `sha256`. After a
 * failure the file is of no use. */
bool tar_add(struct tar *t, const char *name, struct audio_source *source,
             unsigned char sha256[SHA256_BYTES], struct err *e) MUST_CHECK;

/* The end: then everything is read back from `fd` and compared with what was added. ERR_IO when it
 * is not that. */
bool tar_end(struct tar *t, struct err *e) MUST_CHECK;

#endif
