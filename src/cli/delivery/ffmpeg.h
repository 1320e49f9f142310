/*
 * ffmpeg: what libsndfile cannot write: AAC, alone or in an MP4 file with chapters (m4a, m4b), by
 * the installed ffmpeg.
 */
#ifndef CLI_DELIVERY_FFMPEG_H
#define CLI_DELIVERY_FFMPEG_H

#include <stdint.h>

#include "cli/delivery/chapters.h"

#define FFMPEG_KBIT_PER_CHANNEL 64   /* of AAC: a voice at its best */
#define FFMPEG_TIMEOUT_MIN_MS 120000 /* and as long as the sound lasts; it needs a fiftieth */

struct ffmpeg_job {
    int sound_fd; /* WAV, or AAC as ADTS, which is taken as it is */
    bool is_aac;
    int channels;
    int64_t duration_ms;
    const char *muxer; /* "ipod" (MP4 as m4a and m4b) or "adts" */
    const struct chapters *chapters;
    const char *book; /* the title */
};

/* Is there one? Looked for in PATH before anything is joined. ERR_FAILED with what to install. */
bool ffmpeg_is_there(struct err *e) MUST_CHECK;
/* Writes over the file `path`. ERR_FAILED with what it said. Blocks as long as encoding takes. */
bool ffmpeg_write(const struct ffmpeg_job *job, const char *path, struct err *e) MUST_CHECK;

#endif
