/*
 * source: the bytes of an answer, in memory or in a file, behind one bounded read.
 *
 * Every parser of this room reads through it by copying, so no claim inside the data can lead to a
 * read outside of it. A large file is never loaded: a window slides over it.
 */
#ifndef AUDIO_SOURCE_H
#define AUDIO_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#define SOURCE_WINDOW_BYTES 16384

struct audio_source {
    const unsigned char *data; /* NULL = read from fd */
    int fd;
    int64_t bytes;
    /* of headerless PCM (16 bit), set by the caller where it is known; else 0 */
    int pcm_rate_hz, pcm_channels;
    int errnum; /* of the first failed read, which then looked like the end; 0 = none */
    int64_t window_at;
    size_t window_bytes;
    unsigned char window[SOURCE_WINDOW_BYTES];
};

/* `data` is not copied and must outlive the source. */
void audio_source_memory(struct audio_source *src, const void *data, size_t bytes);
/* A seekable file of `bytes` bytes, read with pread: its offset is neither used nor moved. */
void audio_source_fd(struct audio_source *src, int fd, int64_t bytes);

/* Copies up to `want` bytes from offset `at` (≥ 0); returns how many there were.
 * May read the disk. */
size_t audio_source_read(struct audio_source *src, int64_t at, void *out, size_t want);
/* The same without copying: where the bytes lie, *got of them, valid as long as the source's data.
 * NULL when they are in a file. */
const void *audio_source_view(const struct audio_source *src, int64_t at, size_t want, size_t *got);

#endif
