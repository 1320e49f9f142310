/* source.c: see source.h. */
#include "audio/source.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"

void audio_source_memory(struct audio_source *src, const void *data, size_t bytes) {
    PRE(bytes <= INT64_MAX);
    audio_source_fd(src, -1, (int64_t)bytes);
    src->data = bytes ? data : (const unsigned char *)"";
}

void audio_source_fd(struct audio_source *src, int fd, int64_t bytes) {
    PRE(bytes >= 0);
    src->data = NULL;
    src->fd = fd;
    src->bytes = bytes;
    src->pcm_rate_hz = src->pcm_channels = 0;
    src->errnum = 0;
    src->window_at = 0;
    src->window_bytes = 0;
}

/* Makes the window begin at `at`; empty at the end of the file and on an error. */
static void slide(struct audio_source *src, int64_t at) {
    src->window_at = at;
    src->window_bytes = 0;
    while (src->window_bytes < SOURCE_WINDOW_BYTES) {
        ssize_t n = pread(src->fd, src->window + src->window_bytes,
                          SOURCE_WINDOW_BYTES - src->window_bytes, at + (int64_t)src->window_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && src->errnum == 0)
            src->errnum = errno;
        if (n <= 0)
            return;
        src->window_bytes += (size_t)n;
    }
}

size_t audio_source_read(struct audio_source *src, int64_t at, void *out, size_t want) {
    PRE(at >= 0);
    if (at >= src->bytes)
        return 0;
    int64_t left = src->bytes - at;
    if ((uint64_t)left < want)
        want = (size_t)left;
    if (src->data) {
        memcpy(out, src->data + at, want);
        return want;
    }
    char *to = out;
    size_t done = 0;
    while (done < want) {
        int64_t offset = at + (int64_t)done - src->window_at;
        bool inside = offset >= 0 && (uint64_t)offset < src->window_bytes;
        if (!inside)
            slide(src, at + (int64_t)done);
        size_t skip = inside ? (size_t)offset : 0;
        size_t have = src->window_bytes - skip;
        if (have == 0)
            break;
        size_t step = have < want - done ? have : want - done;
        memcpy(to + done, src->window + skip, step);
        done += step;
    }
    return done;
}
