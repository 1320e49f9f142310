/* source.c: see source.h. */
#include "audio/source.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/ensure.h"
#include "base/file.h"

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

/* Fewer than `want` at the end of the file, none when reading fails. */
static size_t read_at(struct audio_source *src, int64_t at, void *out, size_t want) {
    ssize_t n = file_read_at(src->fd, out, want, at);
    if (n < 0 && src->errnum == 0)
        src->errnum = errno;
    return n > 0 ? (size_t)n : 0;
}

/* Makes the window begin at `at`; empty at the end of the file and on an error. */
static void slide(struct audio_source *src, int64_t at) {
    src->window_at = at;
    src->window_bytes = read_at(src, at, src->window, SOURCE_WINDOW_BYTES);
}

static size_t read_by_window(struct audio_source *src, int64_t at, char *out, size_t want) {
    size_t done = 0;
    while (done < want) {
        int64_t offset = at + (int64_t)done - src->window_at;
        bool in_window = offset >= 0 && (uint64_t)offset < src->window_bytes;
        if (!in_window)
            slide(src, at + (int64_t)done);
        size_t skip = in_window ? (size_t)offset : 0;
        size_t have = src->window_bytes - skip;
        if (have == 0)
            break;
        size_t step = have < want - done ? have : want - done;
        memcpy(out + done, src->window + skip, step);
        done += step;
    }
    return done;
}

/* How many of `want` bytes from `at` on lie inside. */
static size_t inside(const struct audio_source *src, int64_t at, size_t want) {
    PRE(at >= 0);
    int64_t left = at < src->bytes ? src->bytes - at : 0;
    return (uint64_t)left < want ? (size_t)left : want;
}

const void *audio_source_view(const struct audio_source *src, int64_t at, size_t want,
                              size_t *got) {
    *got = src->data ? inside(src, at, want) : 0;
    return src->data ? src->data + (*got ? at : 0) : NULL;
}

size_t audio_source_read(struct audio_source *src, int64_t at, void *out, size_t want) {
    want = inside(src, at, want);
    if (src->data) {
        if (want)
            memcpy(out, src->data + at, want);
        return want;
    }
    /* what is larger than the window gains nothing by it */
    return want > SOURCE_WINDOW_BYTES ? read_at(src, at, out, want)
                                      : read_by_window(src, at, out, want);
}
