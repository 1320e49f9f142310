/*
 * flac.c: FLAC, frame by frame, without decoding.
 *
 * A frame does not tell its length. But its header has a checksum, and so has the whole frame: one
 * pass computes the frame's running checksum, and where it is 0 and a valid header follows (or the
 * end), a frame ends. So every byte is checked in linear time. The samples of all frames must make
 * up what STREAMINFO declares; without a declaration (a streaming encoder) a cut between two frames
 * cannot be seen. Source: RFC 9639.
 */
#include <inttypes.h>
#include <string.h>

#include "audio/crc.h"
#include "audio/format.h"

#define FLAC_MARK_BYTES 4
#define FLAC_BLOCK_HEAD_BYTES 4
#define FLAC_STREAMINFO_BYTES 34
#define FLAC_FRAME_HEAD_BYTES_MAX 16
#define FLAC_FRAME_HEAD_BYTES_MIN 6
#define FLAC_STEP_BYTES 4096
#define FLAC_ID3V1_BYTES 128
/* Sound needs a bit for each sample at least; a constant takes some 14 bytes for a whole frame. */
#define FLAC_SILENT_SAMPLES_PER_BYTE 32

struct flac {
    struct audio_source *src;
    struct crc_table crc8;
    struct crc_table crc16;
    int64_t begin; /* of the frames */
    int64_t end;
    uint32_t crc;    /* over the frame that is being passed, so far */
    int64_t current; /* samples of that frame */
    int64_t total;   /* samples declared; 0 = not */
    int64_t samples; /* of whole frames */
    int64_t frames;
};

static bool read_streaminfo(struct flac *f, int64_t at, struct audio_facts *facts, struct err *e) {
    unsigned char info[FLAC_STREAMINFO_BYTES];
    if (audio_source_read(f->src, at, info, sizeof info) < sizeof info)
        return err_set(e, ERR_INPUT, "FLAC cut short in its header");
    facts->sample_rate_hz = info[10] << 12 | info[11] << 4 | info[12] >> 4;
    facts->channels = (info[12] >> 1 & 7) + 1;
    if (facts->sample_rate_hz < FORMAT_RATE_HZ_MIN)
        return err_set(e, ERR_INPUT, "FLAC header damaged: %d Hz", facts->sample_rate_hz);
    f->total = (int64_t)(info[13] & 15) << 32 | (int64_t)info[14] << 24 | info[15] << 16 |
               info[16] << 8 | info[17];
    return true;
}

/* Reads the metadata blocks; *at is then the first frame. */
static bool read_metadata(struct flac *f, int64_t *at, struct audio_facts *facts, struct err *e) {
    unsigned char head[FLAC_BLOCK_HEAD_BYTES];
    bool is_first = true, is_last = false;
    if (audio_source_read(f->src, *at, head, sizeof head) < sizeof head ||
        memcmp(head, "fLaC", FLAC_MARK_BYTES) != 0)
        return err_set(e, ERR_INPUT, "FLAC without its mark");
    *at += FLAC_MARK_BYTES;
    while (!is_last) {
        if (audio_source_read(f->src, *at, head, sizeof head) < sizeof head)
            return err_set(e, ERR_INPUT, "FLAC cut short in its header");
        int64_t bytes = head[1] << 16 | head[2] << 8 | head[3];
        is_last = (head[0] & 0x80) != 0;
        *at += FLAC_BLOCK_HEAD_BYTES;
        if (is_first && ((head[0] & 0x7f) != 0 || bytes != FLAC_STREAMINFO_BYTES))
            return err_set(e, ERR_INPUT, "FLAC header damaged: no STREAMINFO");
        if (is_first && !read_streaminfo(f, *at, facts, e))
            return false;
        is_first = false;
        *at += bytes;
    }
    return true;
}

/* Bytes of the coded frame or sample number by its first byte (UTF-8 extended to 36 bits);
 * 0 = bad. */
static size_t coded_number_bytes(unsigned char first) {
    if (first < 0x80)
        return 1;
    size_t ones = 1;
    while (ones < 8 && first & 0x80u >> ones)
        ones++;
    return ones >= 2 && ones <= 7 ? ones : 0;
}

/* Samples of the frame whose header is at `at`, 0 when there is no valid header. */
static int64_t frame_samples(const struct flac *f, int64_t at) {
    unsigned char h[FLAC_FRAME_HEAD_BYTES_MAX + 1] = {0};
    size_t n = audio_source_read(f->src, at, h, FLAC_FRAME_HEAD_BYTES_MAX);
    if (n < FLAC_FRAME_HEAD_BYTES_MIN || h[0] != 0xff || (h[1] & 0xfe) != 0xf8)
        return 0;
    unsigned size_code = h[2] >> 4, rate_code = h[2] & 15u;
    size_t number_bytes = coded_number_bytes(h[4]);
    if (size_code == 0 || rate_code == 15 || h[3] >> 4 > 10 || h[3] & 1 || number_bytes == 0)
        return 0;
    size_t used = 4 + number_bytes;
    int64_t samples = size_code == 1   ? 192
                      : size_code <= 5 ? 576 << (size_code - 2)
                                       : 256 << (size_code & 7);
    if (size_code == 6)
        samples = h[used] + 1;
    if (size_code == 7)
        samples = (h[used] << 8 | h[used + 1]) + 1;
    used += size_code == 6 ? 1 : size_code == 7 ? 2 : 0;
    used += rate_code == 12 ? 1 : rate_code == 13 || rate_code == 14 ? 2 : 0;
    return used < n && crc_add(&f->crc8, 0, h, used) == h[used] ? samples : 0;
}

static void end_frame(struct flac *f, int64_t next_samples) {
    f->samples += f->current;
    f->frames++;
    f->current = next_samples;
}

/* Passes over `bytes` bytes of frames that begin at `at`. */
static void scan(struct flac *f, int64_t at, const unsigned char *data, size_t bytes) {
    uint32_t crc = f->crc;
    for (size_t i = 0; i < bytes; i++) {
        if (crc == 0 && data[i] == 0xff && at + (int64_t)i > f->begin) {
            int64_t next = frame_samples(f, at + (int64_t)i);
            if (next > 0)
                end_frame(f, next);
        }
        crc = crc_step(&f->crc16, crc, data[i]);
    }
    f->crc = crc;
}

static bool walk_frames(struct flac *f, struct err *e) {
    unsigned char data[FLAC_STEP_BYTES];
    f->current = frame_samples(f, f->begin);
    if (f->current == 0)
        return err_set(e, ERR_INPUT, "FLAC without a frame of sound");
    for (int64_t at = f->begin; at < f->end;) {
        int64_t left = f->end - at;
        size_t want = left < FLAC_STEP_BYTES ? (size_t)left : sizeof data;
        size_t n = audio_source_read(f->src, at, data, want);
        if (n == 0)
            return err_set(e, ERR_INPUT, "FLAC cut short");
        scan(f, at, data, n);
        at += (int64_t)n;
    }
    if (f->crc != 0)
        return err_set(e, ERR_INPUT, "FLAC cut short or damaged after %" PRId64 " frames",
                       f->frames);
    end_frame(f, 0);
    return true;
}

static int64_t end_of_frames(struct audio_source *src, int64_t at) {
    unsigned char tag[3];
    int64_t end = src->bytes - FLAC_ID3V1_BYTES;
    bool tagged = end > at && audio_source_read(src, end, tag, sizeof tag) == sizeof tag &&
                  memcmp(tag, "TAG", sizeof tag) == 0;
    return tagged ? end : src->bytes;
}

bool flac_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    struct flac f = {.src = src};
    unsigned char head[10];
    f.begin = id3_bytes(head, audio_source_read(src, 0, head, sizeof head));
    if (!read_metadata(&f, &f.begin, facts, e))
        return false;
    crc_table_init(&f.crc8, 8, CRC8_POLY);
    crc_table_init(&f.crc16, 16, CRC16_POLY);
    f.end = end_of_frames(src, f.begin);
    if (!walk_frames(&f, e))
        return false;
    if (f.samples < f.total)
        return err_set(e, ERR_INPUT, "FLAC cut short: %" PRId64 " of %" PRId64 " samples",
                       f.samples, f.total);
    facts->duration_ms = format_duration_ms(f.samples, facts->sample_rate_hz);
    facts->silent = (f.end - f.begin) * FLAC_SILENT_SAMPLES_PER_BYTE < f.samples;
    facts->complete = f.total > 0;
    return true;
}
