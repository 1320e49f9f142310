/*
 * frames: walks a stream of self-describing frames (MP3, ADTS) to its end, past the tags that sit
 * around them. mp3.c and adts.c say what a frame is.
 */
#ifndef AUDIO_FRAMES_H
#define AUDIO_FRAMES_H

#include "audio/format.h"

#define FRAMES_HEADER_BYTES_MAX 8

struct frame {
    int64_t bytes; /* with the header, ≥ 1 */
    int samples;   /* of each channel */
    int rate_hz;
    int channels;
    unsigned kind; /* what stays the same in a stream */
    bool has_crc;
};

struct frame_format {
    const char *name;
    size_t header_bytes; /* at most FRAMES_HEADER_BYTES_MAX */
    /* Reads a whole header; false when it is none. */
    bool (*parse)(const unsigned char *header, struct frame *out);
    /* NULL, or: true when the first frame holds no sound but facts; *declared is then the number of
     * frames that follow, 0 = it does not say. */
    bool (*is_info)(struct audio_source *src, int64_t at, const struct frame *first,
                    int64_t *declared);
    /* NULL, or: true when the frame surely holds no sound. */
    bool (*is_silent)(struct audio_source *src, int64_t at, const struct frame *frame);
};

bool frames_check(const struct frame_format *format, struct audio_source *src,
                  struct audio_facts *facts, struct err *e) MUST_CHECK;

#endif
