/*
 * join_way: the two ways in which join.c makes a file: copying and encoding. Internal to join.
 */
#ifndef AUDIO_JOIN_WAY_H
#define AUDIO_JOIN_WAY_H

#include "audio/join.h"

#define JOIN_RF64_FROM (INT64_C(3) << 30) /* expected bytes from which there is room for RF64 */

struct join_way {
    void *(*open)(int fd, enum audio_format format, const struct join_options *options);
    /* `gap` frames of silence come first. */
    bool (*add)(void *way, struct audio_source *part, enum audio_format format,
                const struct audio_facts *facts, int64_t gap, struct err *e);
    /* Frames so far; -1 unknown. */
    int64_t (*frames)(const void *way);
    bool (*end)(void *way, int64_t *bytes, struct err *e);
    void (*close)(void *way);
};

extern const struct join_way join_copy, join_encode;

/* Can a file of this format be made by appending? Silence only where samples are plain. */
bool join_copy_can(enum audio_format format, bool silence);
/* Can libsndfile, as it is linked, write it? */
bool join_encode_can(enum audio_format format);

#endif
