/* encode.c: see encode.h. */
#include "encode.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "wav.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)

static const struct {
    const char *name, *content_type;
    int sndfile_format; /* 0: made here */
} formats[ENCODE_FORMATS] = {
    [ENCODE_MP3] = {"mp3", "audio/mpeg", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
    [ENCODE_WAV] = {"wav", "audio/wav", 0},
    [ENCODE_FLAC] = {"flac", "audio/flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
    [ENCODE_OPUS] = {"opus", "audio/ogg", SF_FORMAT_OGG | SF_FORMAT_OPUS},
    [ENCODE_PCM] = {"pcm", "audio/pcm", 0},
};

bool encode_format_named(const char *name, enum encode_format *out) {
    for (int i = 0; i < ENCODE_FORMATS; i++)
        if (!strcmp(formats[i].name, name)) {
            *out = (enum encode_format)i;
            return true;
        }
    return false;
}

const char *encode_content_type(enum encode_format format) {
    return formats[format].content_type;
}

void encode_sound_release(struct encode_sound *sound) {
    free(sound->samples);
    *sound = (struct encode_sound){0};
}

/* Linear interpolation: plain, and good enough for speech that goes up from 22050 to 24000 Hz. */
static struct encode_sound resampled(const struct encode_sound *in, unsigned rate_hz) {
    uint64_t frames = (uint64_t)in->frames * rate_hz / in->rate_hz;
    struct encode_sound out = {ensure_alloc(frames * sizeof *out.samples), (size_t)frames, rate_hz};
    for (uint64_t i = 0; i < frames; i++) {
        uint64_t position = i * in->rate_hz;
        size_t before = (size_t)(position / rate_hz);
        size_t after = before + 1 < in->frames ? before + 1 : before;
        int64_t share = (int64_t)(position % rate_hz);
        int64_t step = in->samples[after] - in->samples[before];
        out.samples[i] = (int16_t)(in->samples[before] + step * share / (int64_t)rate_hz);
    }
    return out;
}

/* The samples as little-endian bytes, after `head` bytes left free for a header. */
static struct encode_blob raw_bytes(const struct encode_sound *sound, size_t head) {
    struct encode_blob out = {.bytes = head + sound->frames * 2};
    out.data = ensure_alloc(out.bytes);
    uint8_t *at = out.data + head;
    for (size_t i = 0; i < sound->frames; i++) {
        uint16_t value = (uint16_t)sound->samples[i];
        *at++ = (uint8_t)(value & 0xff);
        *at++ = (uint8_t)(value >> 8);
    }
    return out;
}

static struct encode_blob wav_bytes(const struct encode_sound *sound) {
    struct encode_blob out = raw_bytes(sound, WAV_HEADER_BYTES);
    wav_header(out.data, sound->rate_hz, 16, (uint32_t)(sound->frames * 2));
    return out;
}

/* libsndfile's view of a file in memory. */
struct memory {
    struct buf content;
    size_t at;
};

static sf_count_t memory_length(void *arg) {
    const struct memory *m = arg;
    return (sf_count_t)m->content.bytes;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *arg) {
    struct memory *m = arg;
    sf_count_t base = whence == SEEK_SET   ? 0
                      : whence == SEEK_CUR ? (sf_count_t)m->at
                                           : (sf_count_t)m->content.bytes;
    if (base + offset < 0 || base + offset > (sf_count_t)m->content.bytes)
        return -1;
    m->at = (size_t)(base + offset);
    return (sf_count_t)m->at;
}

static sf_count_t memory_read(void *to, sf_count_t count, void *arg) {
    struct memory *m = arg;
    size_t left = m->content.bytes - m->at;
    size_t bytes = (size_t)count < left ? (size_t)count : left;
    if (bytes)
        memcpy(to, m->content.data + m->at, bytes);
    m->at += bytes;
    return (sf_count_t)bytes;
}

static sf_count_t memory_write(const void *from, sf_count_t count, void *arg) {
    struct memory *m = arg;
    size_t bytes = (size_t)count;
    size_t over = m->content.bytes - m->at < bytes ? m->content.bytes - m->at : bytes;
    if (over)
        memcpy(m->content.data + m->at, from, over);
    if (bytes > over && !buf_add(&m->content, (const char *)from + over, bytes - over))
        return 0;
    m->at += bytes;
    return count;
}

static sf_count_t memory_tell(void *arg) {
    const struct memory *m = arg;
    return (sf_count_t)m->at;
}

static bool sndfile_bytes(const struct encode_sound *sound, int format, struct encode_blob *out,
                          struct err *e) {
    SF_VIRTUAL_IO io = {memory_length, memory_seek, memory_read, memory_write, memory_tell};
    SF_INFO info = {.samplerate = (int)sound->rate_hz, .channels = 1, .format = format};
    struct memory m = {0};
    buf_init(&m.content, FILE_BYTES_MAX);
    SNDFILE *file = sf_open_virtual(&io, SFM_WRITE, &info, &m);
    if (!file) {
        buf_release(&m.content);
        return err_set(e, ERR_FAILED, "cannot encode: %s", sf_strerror(NULL));
    }
    sf_count_t frames = (sf_count_t)sound->frames;
    bool written = sf_writef_short(file, sound->samples, frames) == frames;
    bool closed = sf_close(file) == 0;
    if (!written || !closed || m.content.failed) {
        buf_release(&m.content);
        return err_set(e, ERR_FAILED, "cannot encode: the encoder stopped half way");
    }
    out->bytes = m.content.bytes;
    out->data = (uint8_t *)buf_steal(&m.content);
    return true;
}

bool encode_sound(const struct encode_sound *sound, enum encode_format format,
                  struct encode_blob *out, struct err *e) {
    bool fixed_rate = format != ENCODE_WAV && format != ENCODE_FLAC;
    struct encode_sound other = {0};
    if (fixed_rate && sound->rate_hz != ENCODE_FIXED_RATE_HZ) {
        other = resampled(sound, ENCODE_FIXED_RATE_HZ);
        sound = &other;
    }
    bool done = true;
    if (format == ENCODE_WAV)
        *out = wav_bytes(sound);
    else if (format == ENCODE_PCM)
        *out = raw_bytes(sound, 0);
    else
        done = sndfile_bytes(sound, formats[format].sndfile_format, out, e);
    encode_sound_release(&other);
    return done;
}
