/* subtitles: the texts of a batch beside its sound, as SRT or WebVTT. */
#ifndef CLI_DELIVERY_SUBTITLES_H
#define CLI_DELIVERY_SUBTITLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/delivery/side_file.h"

struct subtitles {
    const char *path; /* NULL = not wanted: then nothing below does anything */
    bool is_vtt;
    struct side_file side; /* to be published by the caller, after the end */
    FILE *file;
    int64_t count;
};

bool subtitles_open(struct subtitles *t, bool force, struct err *e) MUST_CHECK;
/* Does nothing for a time that is not known (< 0). */
void subtitles_add(struct subtitles *t, const char *text, size_t bytes, int64_t from_ms,
                   int64_t to_ms);
/* Writes what is left; nothing may be added then. */
bool subtitles_end(struct subtitles *t, struct err *e) MUST_CHECK;
/* Closes; what was not published is gone. */
void subtitles_close(struct subtitles *t);

#endif
