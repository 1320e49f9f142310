/*
 * join_copy.c: one file of many by copying samples and frames.
 *
 *   WAV       RIFF <size> WAVE [JUNK 28 bytes] fmt  <as the first part's> data <size> samples …
 *   RF64      RF64 -1     WAVE  ds64 28 bytes  fmt  …                     data -1     samples …
 *   PCM, MP3, AAC   nothing but what the parts hold, tags and info frames left out
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audio/join_way.h"
#include "base/bulk.h"
#include "base/ensure.h"
#include "base/file.h"

#define COPY_BYTES (256 * 1024)
#define WRITTEN "the joined file"
#define FMT_BYTES_MAX 64
#define DS64_BYTES 28
#define HEADER_BYTES_MAX (12 + 8 + DS64_BYTES + 8 + FMT_BYTES_MAX + 8)

enum { TAG_PCM = 1, TAG_ALAW = 6, TAG_MULAW = 7 };

struct copy {
    int fd;
    enum audio_format format;
    bool large;                       /* room for ds64 */
    unsigned char fmt[FMT_BYTES_MAX]; /* of WAV: the format chunk's content */
    size_t fmt_bytes;
    int64_t header_bytes, sound_bytes;
    int64_t block_bytes; /* a sample of every channel; 0 = frames that are not counted */
    unsigned kind;       /* of MP3 and ADTS frames */
    bool begun;
    struct bulk *file;
    unsigned char *room;
};

static void *copy_open(int fd, enum audio_format format, const struct join_options *options) {
    struct copy *c = ensure_alloc(sizeof *c);
    *c = (struct copy){.fd = fd,
                       .format = format,
                       .large = options->bytes_expected >= JOIN_RF64_FROM,
                       .file = bulk_new(fd, WRITTEN),
                       .room = ensure_alloc(COPY_BYTES)};
    return c;
}

static void copy_close(void *way) {
    struct copy *c = way;
    bulk_free(c->file);
    free(c->room);
    free(c);
}

bool join_copy_can(enum audio_format format, bool silence) {
    bool plain = format == AUDIO_WAV || format == AUDIO_PCM;
    return plain || (!silence && (format == AUDIO_MP3 || format == AUDIO_AAC));
}

/* ---- WAV's format chunk ---- */

static unsigned le16(const unsigned char *p) {
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p) {
    return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static unsigned char *put32(unsigned char *p, int64_t value) {
    for (int i = 0; i < 4; i++)
        *p++ = (unsigned char)((uint64_t)value >> (8 * i));
    return p;
}

static unsigned char *put64(unsigned char *p, int64_t value) {
    return put32(put32(p, value), value >> 32);
}

static unsigned char *put_id(unsigned char *p, const char *id) {
    memcpy(p, id, 4);
    return p + 4;
}

static bool read_fmt(struct audio_source *src, unsigned char out[FMT_BYTES_MAX], size_t *bytes,
                     struct err *e) {
    unsigned char chunk[8];
    for (int64_t at = 12; audio_source_read(src, at, chunk, sizeof chunk) == sizeof chunk;) {
        int64_t size = le32(chunk + 4);
        at += (int64_t)sizeof chunk;
        if (memcmp(chunk, "fmt ", 4) != 0) {
            at += size + (size & 1);
            continue;
        }
        *bytes = (size_t)size;
        if (size < 16 || size > FMT_BYTES_MAX || (size & 1))
            return err_set(e, ERR_INPUT, "a WAV format header of %lld bytes", (long long)size);
        return audio_source_read(src, at, out, *bytes) == *bytes ||
               err_set(e, ERR_INPUT, "WAV cut short in its header");
    }
    return err_set(e, ERR_INPUT, "WAV without a format header");
}

/* With the sizes as they are known so far: it is made again at the end. */
static bool make_header(struct copy *c, unsigned char header[HEADER_BYTES_MAX], struct err *e) {
    unsigned char *p = header;
    int64_t fmt_bytes = (int64_t)c->fmt_bytes;
    c->header_bytes = 12 + (c->large ? 8 + DS64_BYTES : 0) + 8 + fmt_bytes + 8;
    int64_t padded = c->sound_bytes + (c->sound_bytes & 1);
    int64_t riff = c->header_bytes - 8 + padded;
    bool is_rf64 = riff > UINT32_MAX;
    if (is_rf64 && !c->large)
        return err_set(e, ERR_INPUT, "more sound than was expected: over 4 GiB");
    p = put32(put_id(p, is_rf64 ? "RF64" : "RIFF"), is_rf64 ? -1 : riff);
    p = put_id(p, "WAVE");
    if (c->large) {
        p = put32(put_id(p, is_rf64 ? "ds64" : "JUNK"), DS64_BYTES);
        memset(p, 0, DS64_BYTES);
        if (is_rf64)
            (void)put64(put64(put64(p, riff), c->sound_bytes), c->sound_bytes / c->block_bytes);
        p += DS64_BYTES;
    }
    p = put32(put_id(p, "fmt "), fmt_bytes);
    memcpy(p, c->fmt, c->fmt_bytes);
    p = put32(put_id(p + c->fmt_bytes, "data"), is_rf64 ? -1 : c->sound_bytes);
    ASSERT(p - header == c->header_bytes);
    return true;
}

static bool begin_wav(struct copy *c, struct audio_source *part, struct err *e) {
    unsigned char header[HEADER_BYTES_MAX];
    if (!read_fmt(part, c->fmt, &c->fmt_bytes, e))
        return false;
    c->block_bytes = le16(c->fmt + 12);
    return make_header(c, header, e) && bulk_add(c->file, header, (size_t)c->header_bytes, e);
}

static bool check_wav(const struct copy *c, struct audio_source *part, struct err *e) {
    unsigned char fmt[FMT_BYTES_MAX];
    size_t bytes;
    if (!read_fmt(part, fmt, &bytes, e))
        return false;
    return (bytes == c->fmt_bytes && !memcmp(fmt, c->fmt, bytes)) ||
           err_set(e, ERR_INPUT, "WAV of another kind of sample than the parts before it");
}

/* ---- sound ---- */

static bool write_sound(struct copy *c, const void *bytes, size_t count, struct err *e) {
    c->sound_bytes += (int64_t)count;
    return bulk_add(c->file, bytes, count, e);
}

static bool copy_range(struct copy *c, struct audio_source *part, int64_t at, int64_t end,
                       struct err *e) {
    while (at < end) {
        size_t want = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES, n;
        const void *sound = audio_source_view(part, at, want, &n);
        if (!sound) {
            n = audio_source_read(part, at, c->room, want);
            sound = c->room;
        }
        if (n == 0)
            return err_set_errno(e, part->errnum ? part->errnum : EIO, "cannot read a part");
        if (!write_sound(c, sound, n, e))
            return false;
        at += (int64_t)n;
    }
    return true;
}

static unsigned char silent_byte(const struct copy *c) {
    unsigned tag = c->fmt_bytes ? le16(c->fmt) : TAG_PCM;
    bool is_byte = c->fmt_bytes && le16(c->fmt + 14) == 8;
    return tag == TAG_ALAW ? 0xd5 : tag == TAG_MULAW ? 0xff : tag == TAG_PCM && is_byte ? 0x80 : 0;
}

static bool write_silence(struct copy *c, int64_t frames, struct err *e) {
    int64_t left = frames * c->block_bytes;
    unsigned char byte = silent_byte(c);
    if (byte == 0) {
        c->sound_bytes += left;
        return bulk_add_zeros(c->file, left, e);
    }
    while (left > 0) {
        size_t step = left < COPY_BYTES ? (size_t)left : COPY_BYTES;
        memset(c->room, byte, step);
        if (!write_sound(c, c->room, step, e))
            return false;
        left -= (int64_t)step;
    }
    return true;
}

/* Where the part's sound is, and whether it goes with what is there already. */
static bool find_sound(struct copy *c, struct audio_source *part, const struct audio_facts *facts,
                       int64_t *begin, int64_t *end, struct err *e) {
    *begin = 0;
    *end = facts->bytes;
    if (c->format == AUDIO_WAV) {
        *begin = facts->wav_data_at;
        *end = facts->wav_data_at + facts->wav_data_bytes;
        return c->begun ? check_wav(c, part, e) : begin_wav(c, part, e);
    }
    if (c->format == AUDIO_PCM) {
        c->block_bytes = facts->channels > 0 ? 2 * facts->channels : 2;
        return true;
    }
    if (c->begun && facts->frames_kind != c->kind)
        return err_set(e, ERR_INPUT, "frames of another kind than in the parts before it");
    c->kind = facts->frames_kind;
    *begin = facts->frames_at;
    *end = facts->frames_at + facts->frames_bytes;
    return true;
}

static bool copy_add(void *way, struct audio_source *part, enum audio_format format,
                     const struct audio_facts *facts, int64_t gap, struct err *e) {
    struct copy *c = way;
    int64_t begin, end;
    (void)format;
    if (!find_sound(c, part, facts, &begin, &end, e))
        return false;
    c->begun = true;
    return write_silence(c, gap, e) && copy_range(c, part, begin, end, e);
}

static int64_t copy_frames(const void *way) {
    const struct copy *c = way;
    return c->block_bytes > 0 ? c->sound_bytes / c->block_bytes : -1;
}

static bool copy_end(void *way, int64_t *bytes, struct err *e) {
    struct copy *c = way;
    unsigned char header[HEADER_BYTES_MAX];
    int64_t pad = c->format == AUDIO_WAV ? c->sound_bytes & 1 : 0;
    if (!bulk_add(c->file, "", (size_t)pad, e) || !bulk_end(c->file, e))
        return false;
    *bytes = c->header_bytes + c->sound_bytes + pad;
    return c->format != AUDIO_WAV ||
           (make_header(c, header, e) &&
            file_write_at(c->fd, header, (size_t)c->header_bytes, 0, WRITTEN, e));
}

const struct join_way join_copy = {copy_open, copy_add, copy_frames, copy_end, copy_close};
