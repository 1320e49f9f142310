/*
 * chapters: where the chapters of a joined file begin, written for players and for ffmpeg.
 */
#ifndef CLI_DELIVERY_CHAPTERS_H
#define CLI_DELIVERY_CHAPTERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct chapters {
    struct chapter {
        int64_t begin_ms;
        char *title;
    } * items;
    size_t count;
};

enum chapters_format {
    CHAPTERS_CUE,    /* a cue sheet beside the sound */
    CHAPTERS_TEXT,   /* "0:00:00 Title" a line, as video sites take it */
    CHAPTERS_FFMPEG, /* ffmetadata */
};

/* By the ending of a path: cue, txt, ffmeta. False when it names none. */
bool chapters_format_of(const char *path, enum chapters_format *out);

/* Adds one that begins behind the last; `title` NULL = "Chapter N". */
void chapters_add(struct chapters *c, int64_t begin_ms, const char *title);
/* `sound`: the path of the sound, `book`: its name, `end_ms`: its length.
 * Errors stick to `file`. */
void chapters_print(const struct chapters *c, enum chapters_format format, const char *sound,
                    const char *book, int64_t end_ms, FILE *file);
void chapters_release(struct chapters *c);

#endif
