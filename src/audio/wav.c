/*
 * wav.c: RIFF/WAVE, the chunk list and its sizes.
 *
 * A server that streams cannot know the sizes when it writes the header, so placeholders are common
 * (0, 0xffffffff, 0x7fffffff, 0x7ffff000, vendors' own). Then the samples go on to the end of the
 * answer, and the true sizes can be written in. Source: Microsoft/IBM "Multimedia Programming
 * Interface and Data Specifications 1.0", 1991.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "audio/format.h"
#include "base/ensure.h"

#define WAV_RIFF_BYTES 12
#define WAV_CHUNK_BYTES 8
#define WAV_FMT_BYTES 16
#define WAV_RIFF_SIZE_AT 4
#define WAV_EXTENSIBLE 0xfffe
#define WAV_INNER_TAG_AT 24
#define WAV_CHANNELS_MAX 256
#define WAV_SIZE_REAL_MAX (UINT32_C(1) << 30) /* no single answer is longer: a placeholder */

struct wav {
    uint32_t riff_size; /* as written */
    bool has_fmt;
    bool has_data;
    unsigned tag;
    unsigned inner_tag; /* of an extensible header */
    unsigned sample_bits;
    int64_t bytes_per_s;
    int64_t block_bytes;
    int64_t data_at;
    uint32_t data_size; /* as written */
};

static unsigned le16(const unsigned char *p) {
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_placeholder(uint32_t size) {
    return size == 0 || size >= WAV_SIZE_REAL_MAX;
}

static bool read_fmt(struct audio_source *src, int64_t at, uint32_t size, struct wav *w,
                     struct audio_facts *facts, struct err *e) {
    unsigned char fmt[WAV_FMT_BYTES];
    if (size < sizeof fmt || audio_source_read(src, at, fmt, sizeof fmt) < sizeof fmt)
        return err_set(e, ERR_INPUT, "WAV cut short in its header");
    uint32_t rate_hz = le32(fmt + 4);
    w->tag = le16(fmt);
    w->bytes_per_s = le32(fmt + 8);
    w->block_bytes = le16(fmt + 12);
    w->sample_bits = le16(fmt + 14);
    facts->channels = (int)le16(fmt + 2);
    if (facts->channels < 1 || facts->channels > WAV_CHANNELS_MAX || w->block_bytes < 1 ||
        rate_hz < FORMAT_RATE_HZ_MIN || rate_hz > FORMAT_RATE_HZ_MAX)
        return err_set(e, ERR_INPUT, "WAV header damaged: %d channels at %" PRIu32 " Hz",
                       facts->channels, rate_hz);
    unsigned char inner[2];
    if (w->tag == WAV_EXTENSIBLE && size >= WAV_INNER_TAG_AT + sizeof inner &&
        audio_source_read(src, at + WAV_INNER_TAG_AT, inner, sizeof inner) == sizeof inner)
        w->inner_tag = le16(inner);
    facts->sample_rate_hz = (int)rate_hz;
    w->has_fmt = true;
    return true;
}

/* Walks the chunks as far as `data`; what follows it is no sound. */
static bool find_data(struct audio_source *src, struct wav *w, struct audio_facts *facts,
                      struct err *e) {
    int64_t at = WAV_RIFF_BYTES;
    unsigned char chunk[WAV_CHUNK_BYTES];
    while (audio_source_read(src, at, chunk, sizeof chunk) == sizeof chunk) {
        uint32_t size = le32(chunk + 4);
        at += WAV_CHUNK_BYTES;
        if (memcmp(chunk, "data", 4) == 0) {
            w->data_at = at;
            w->data_size = size;
            w->has_data = true;
            return w->has_fmt || err_set(e, ERR_INPUT, "WAV without a format header");
        }
        if (memcmp(chunk, "fmt ", 4) == 0 && !read_fmt(src, at, size, w, facts, e))
            return false;
        at += (int64_t)size + (size & 1);
    }
    return err_set(e, ERR_INPUT, "WAV cut short before its samples");
}

/* A RIFF size that ends before the samples do, as written, is a made-up constant, and so then is
 * the other one. */
static bool sizes_are_real(const struct wav *w, int64_t bytes) {
    if (is_placeholder(w->riff_size) || w->data_size >= WAV_SIZE_REAL_MAX)
        return false;
    if (w->data_size == 0) /* really empty only when the other size is exact */
        return (int64_t)w->riff_size + WAV_CHUNK_BYTES == bytes;
    return w->data_at + w->data_size <= (int64_t)w->riff_size + WAV_CHUNK_BYTES;
}

/* Decides where the samples end. */
static bool measure(const struct wav *w, struct audio_facts *facts, struct err *e) {
    int64_t present = facts->bytes - w->data_at;
    bool fits = w->data_size != 0 && w->data_size <= present;
    bool real = sizes_are_real(w, facts->bytes);
    if (real && w->data_size > present)
        return err_set(e, ERR_INPUT, "WAV cut short: %" PRId64 " of %" PRIu32 " bytes of sound",
                       present, w->data_size);
    facts->wav_data_at = w->data_at;
    facts->wav_data_bytes =
        fits || real ? (int64_t)w->data_size : present - present % w->block_bytes;
    if (facts->wav_data_bytes == 0)
        return err_set(e, ERR_INPUT, "WAV header without sound");
    facts->complete = fits || real;
    int64_t riff_end = (int64_t)w->riff_size + WAV_CHUNK_BYTES;
    bool riff_holds = riff_end <= facts->bytes + 1 && riff_end >= w->data_at + w->data_size;
    facts->needs_repair = !facts->complete || !riff_holds;
    return true;
}

/* PCM, float, A-law, µ-law and "extensible" have one sample of every channel in each block. */
static bool is_sample_per_block(unsigned tag) {
    return tag == 1 || tag == 3 || tag == 6 || tag == 7 || tag == WAV_EXTENSIBLE;
}

static enum sample_kind kind_of(const struct wav *w) {
    static const struct {
        unsigned tag, bits;
        enum sample_kind kind;
    } rows[] = {
        {1, 8, SAMPLES_U8},   {1, 16, SAMPLES_S16},  {1, 24, SAMPLES_S24},   {1, 32, SAMPLES_S32},
        {3, 32, SAMPLES_F32}, {6, 8, SAMPLES_A_LAW}, {7, 8, SAMPLES_MU_LAW},
    };
    unsigned tag = w->tag == WAV_EXTENSIBLE ? w->inner_tag : w->tag;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].tag == tag && rows[i].bits == w->sample_bits)
            return rows[i].kind;
    return SAMPLES_UNKNOWN;
}

bool wav_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    unsigned char riff[WAV_RIFF_BYTES];
    struct wav w = {0};
    if (audio_source_read(src, 0, riff, sizeof riff) < sizeof riff)
        return err_set(e, ERR_INPUT, "WAV cut short in its header");
    w.riff_size = le32(riff + WAV_RIFF_SIZE_AT);
    if (!find_data(src, &w, facts, e) || !measure(&w, facts, e))
        return false;
    facts->silent = format_is_silent(src, w.data_at, facts->wav_data_bytes, kind_of(&w));
    if (is_sample_per_block(w.tag))
        facts->duration_ms =
            format_duration_ms(facts->wav_data_bytes / w.block_bytes, facts->sample_rate_hz);
    else if (w.bytes_per_s > 0)
        facts->duration_ms = facts->wav_data_bytes * 1000 / w.bytes_per_s;
    return true;
}

static void put_le32(unsigned char out[AUDIO_PATCH_BYTES], int64_t value) {
    for (int i = 0; i < AUDIO_PATCH_BYTES; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

size_t audio_repair_patches(const struct audio_facts *facts,
                            struct audio_patch patches[AUDIO_PATCHES_MAX]) {
    if (!facts->needs_repair)
        return 0;
    /* with complete sizes only the outer one was wrong, and it covers all that came */
    int64_t end = facts->complete ? facts->bytes : facts->wav_data_at + facts->wav_data_bytes;
    if (end - WAV_CHUNK_BYTES > UINT32_MAX)
        return 0; /* no WAV can say so; players then read to the end anyway */
    patches[0].at = WAV_RIFF_SIZE_AT;
    put_le32(patches[0].bytes, end - WAV_CHUNK_BYTES);
    patches[1].at = facts->wav_data_at - AUDIO_PATCH_BYTES;
    put_le32(patches[1].bytes, facts->wav_data_bytes);
    return 2;
}

void audio_repair_memory(const struct audio_facts *facts, void *data, size_t bytes) {
    struct audio_patch patches[AUDIO_PATCHES_MAX];
    size_t count = audio_repair_patches(facts, patches);
    for (size_t i = 0; i < count; i++) {
        PRE((uint64_t)patches[i].at + AUDIO_PATCH_BYTES <= bytes);
        memcpy((char *)data + patches[i].at, patches[i].bytes, AUDIO_PATCH_BYTES);
    }
}

bool audio_repair_fd(const struct audio_facts *facts, int fd, struct err *e) {
    struct audio_patch patches[AUDIO_PATCHES_MAX];
    size_t count = audio_repair_patches(facts, patches);
    for (size_t i = 0; i < count; i++) {
        ssize_t n;
        do
            n = pwrite(fd, patches[i].bytes, AUDIO_PATCH_BYTES, patches[i].at);
        while (n < 0 && errno == EINTR);
        if (n != AUDIO_PATCH_BYTES)
            return err_set_errno(e, n < 0 ? errno : EIO, "cannot repair the WAV header");
    }
    return true;
}
