/*
 * join_batch: all sound of a batch, in order, in one gap-free file; subtitles and chapters to it.
 */
#ifndef CLI_DELIVERY_JOIN_BATCH_H
#define CLI_DELIVERY_JOIN_BATCH_H

#include "cli/session.h"

#define JOIN_GAP_AS_LESSER (-1)

struct join_batch_options {
    const char *batch;     /* the book's title in files that have one */
    const char *file;      /* by its ending wav, flac, ogg, opus, mp3, aac, pcm, m4a or m4b */
    const char *srt, *vtt; /* subtitles to be written, too; NULL = none */
    const char *chapters;  /* where they begin: cue, txt or ffmeta by its ending; NULL = no file */
    int64_t gap_ms;        /* silence between two jobs */
    /* In its place where one begins; JOIN_GAP_AS_LESSER = as between jobs, or paragraphs. */
    int64_t paragraph_gap_ms, chapter_gap_ms;
    int trim_db;  /* < 0: silence at both ends of each job's sound goes; 0 = stays */
    bool partial; /* leave out jobs without a result, or with a damaged one, instead of refusing */
    bool force;   /* replace a file that is there */
};
struct join_batch_report {
    int64_t jobs, missing, bytes, duration_ms; /* duration -1 unknown */
    int64_t chapters;
    int64_t damaged; /* of the missing: whose answer is lost, each named */
    bool copied;     /* nothing was encoded again */
};

/* Makes the file complete or not at all. ERR_JOBS_FAILED when results are missing and `partial` is
 * not set; ERR_USAGE for an ending that names no format; ERR_FAILED when the file is there, or
 * ffmpeg is not, which m4b, m4a and aac of anything else need;
 * ERR_INPUT when a part does not fit the others, with its number. Blocks on the disk. */
bool join_batch(struct session *s, int64_t batch_id, const struct join_batch_options *options,
                struct join_batch_report *report, struct err *e) MUST_CHECK;

#endif
