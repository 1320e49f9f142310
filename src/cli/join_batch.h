/*
 * join_batch: all sound of a batch, in order, in one gap-free file; and subtitles to it.
 */
#ifndef CLI_JOIN_BATCH_H
#define CLI_JOIN_BATCH_H

#include "cli/session.h"

struct join_batch_options {
    const char *file;      /* its ending says the format: wav, flac, ogg, opus, mp3, aac, pcm */
    const char *srt, *vtt; /* subtitles to be written, too; NULL = none */
    int64_t gap_ms;        /* silence between two jobs */
    bool partial;          /* leave out jobs without a result instead of refusing */
    bool force;            /* replace a file that is there */
};
struct join_batch_report {
    int64_t jobs, missing, bytes, duration_ms; /* duration -1 unknown */
    bool copied;                               /* nothing was encoded again */
};

/* Makes the file complete or not at all. ERR_JOBS_FAILED when results are missing and `partial` is
 * not set; ERR_USAGE for an ending that names no format; ERR_FAILED when the file is there;
 * ERR_INPUT when a part does not fit the others, with its number. Blocks on the disk. */
bool join_batch(struct session *s, int64_t batch_id, const struct join_batch_options *options,
                struct join_batch_report *report, struct err *e) MUST_CHECK;

#endif
