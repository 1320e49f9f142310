/*
 * source: what becomes one batch: files, a folder's *.txt files, or standard input; and its
 * fingerprint, by which the same content is known again.
 */
#ifndef CLI_INTAKE_SOURCE_H
#define CLI_INTAKE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/sha256.h"
#include "cli/intake/records.h"

#define SOURCE_FILES_MAX 1000000

struct source {
    char **paths; /* in order */
    size_t count;
    int stdin_fd;                           /* spooled standard input, -1 = not in it */
    unsigned char (*digests)[SHA256_BYTES]; /* of each path's content */
    char fingerprint[SHA256_HEX_BYTES];
};

/* Expands folders, reads everything once, and fingerprints it together with the settings that make
 * the same text another request. ERR_INPUT for what cannot be read. *s is ready for source_release
 * also on failure. Blocks on the files and on standard input. */
struct source_settings {
    const char *profile, *voice; /* voice NULL = the profile's */
    enum records_split split;
};
bool source_open(struct source *s, char *const *paths, size_t count,
                 const struct source_settings *settings, struct err *e) MUST_CHECK;
void source_release(struct source *s);

/* Reads all texts. ERR_INPUT also when a file is no longer what was fingerprinted. */
bool source_read(struct source *s, enum records_split split, struct records_sink *sink,
                 struct err *e) MUST_CHECK;

/* A batch name for this path: the file's name without folder and ending, at most `bytes_max` bytes
 * of valid UTF-8 without control characters, never empty. */
void source_stem(const char *path, size_t bytes_max, char *out);

#endif
