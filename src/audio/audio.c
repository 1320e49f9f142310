/* audio.c: see audio.h. Names, sniffing, and the table of checks. */
#include "audio/audio.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "audio/format.h"
#include "base/ensure.h"

#define AUDIO_HEAD_BYTES 512
#define PCM_SAMPLE_BYTES 2

static const char *const format_texts[AUDIO_FORMAT_COUNT] = {
#define AUDIO_TEXT(name, text) [name] = text,
    AUDIO_FORMATS(AUDIO_TEXT)
#undef AUDIO_TEXT
};

static const struct {
    const char *name;
    enum audio_format format;
} format_names[] = {
    {"wav", AUDIO_WAV},    {"wave", AUDIO_WAV},  {"riff", AUDIO_WAV}, {"mp3", AUDIO_MP3},
    {"mpeg", AUDIO_MP3},   {"flac", AUDIO_FLAC}, {"ogg", AUDIO_OGG},  {"opus", AUDIO_OGG},
    {"vorbis", AUDIO_OGG}, {"aac", AUDIO_AAC},   {"pcm", AUDIO_PCM},  {"raw", AUDIO_PCM},
};

enum audio_format audio_format_of_name(const char *name) {
    size_t bytes = strcspn(name, "_-");
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++)
        if (strlen(format_names[i].name) == bytes &&
            strncasecmp(format_names[i].name, name, bytes) == 0)
            return format_names[i].format;
    return AUDIO_UNKNOWN;
}

const char *audio_format_text(enum audio_format format) {
    PRE((unsigned)format < AUDIO_FORMAT_COUNT);
    return format_texts[format];
}

static bool starts_with(const unsigned char *head, size_t bytes, const char *magic) {
    size_t length = strlen(magic);
    return bytes >= length && memcmp(head, magic, length) == 0;
}

/* By marks that chance does not produce. */
static enum audio_format strong_format(const unsigned char *head, size_t bytes) {
    if (starts_with(head, bytes, "RIFF") && bytes >= 12 && memcmp(head + 8, "WAVE", 4) == 0)
        return AUDIO_WAV;
    if (starts_with(head, bytes, "fLaC"))
        return AUDIO_FLAC;
    if (starts_with(head, bytes, "OggS"))
        return AUDIO_OGG;
    return id3_bytes(head, bytes) ? AUDIO_MP3 : AUDIO_UNKNOWN;
}

/* By the first bytes (64 are plenty); never AUDIO_PCM, which looks like nothing. */
static enum audio_format format_of_content(const void *head, size_t bytes) {
    enum audio_format format = strong_format(head, bytes);
    if (format == AUDIO_UNKNOWN && mp3_is_header(head, bytes))
        return AUDIO_MP3;
    if (format == AUDIO_UNKNOWN && adts_is_header(head, bytes))
        return AUDIO_AAC;
    return format;
}

/* An ID3v2 tag stands before MP3 most often, but AAC and FLAC wear it too: what follows decides. */
static enum audio_format find_format(struct audio_source *src, enum audio_format wanted,
                                     const unsigned char *head, size_t bytes) {
    unsigned char behind[AUDIO_HEAD_BYTES];
    int64_t tag = id3_bytes(head, bytes);
    if (tag > 0) {
        size_t n = audio_source_read(src, tag, behind, sizeof behind);
        enum audio_format inner = format_of_content(behind, n);
        return inner == AUDIO_AAC || inner == AUDIO_FLAC ? inner : AUDIO_MP3;
    }
    if (wanted != AUDIO_PCM)
        return format_of_content(head, bytes);
    enum audio_format strong = strong_format(head, bytes);
    return strong == AUDIO_UNKNOWN && !stranger_is_text(head, bytes) ? AUDIO_PCM : strong;
}

static bool pcm_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    int64_t frame_bytes = PCM_SAMPLE_BYTES * (src->pcm_channels > 0 ? src->pcm_channels : 1);
    if (src->bytes % frame_bytes != 0)
        return err_set(e, ERR_INPUT, "PCM cut short: %" PRId64 " bytes are no whole samples",
                       src->bytes);
    facts->channels = src->pcm_channels;
    facts->sample_rate_hz = src->pcm_rate_hz;
    if (src->pcm_rate_hz >= FORMAT_RATE_HZ_MIN && src->pcm_channels > 0)
        facts->duration_ms = format_duration_ms(src->bytes / frame_bytes, src->pcm_rate_hz);
    facts->silent = format_is_silent(src, 0, src->bytes, SAMPLES_S16);
    return true;
}

typedef bool (*check_fn)(struct audio_source *, struct audio_facts *, struct err *);

static const check_fn checks[AUDIO_FORMAT_COUNT] = {
    [AUDIO_WAV] = wav_check, [AUDIO_MP3] = mp3_check,  [AUDIO_FLAC] = flac_check,
    [AUDIO_OGG] = ogg_check, [AUDIO_AAC] = adts_check, [AUDIO_PCM] = pcm_check,
};

bool audio_check(struct audio_source *src, enum audio_format wanted, struct audio_facts *facts,
                 struct err *e) {
    if (src->bytes == 0)
        return err_set(e, ERR_INPUT, "empty answer");
    unsigned char head[AUDIO_HEAD_BYTES];
    size_t bytes = audio_source_read(src, 0, head, sizeof head);
    struct audio_facts found = {.bytes = src->bytes, .duration_ms = -1};
    found.format = find_format(src, wanted, head, bytes);
    bool ok = found.format == AUDIO_UNKNOWN ? stranger_report(head, bytes, e)
                                            : checks[found.format](src, &found, e);
    if (src->errnum != 0)
        return err_set_errno(e, src->errnum, "cannot read the answer");
    if (found.duration_ms > AUDIO_DURATION_MS_MAX)
        found.duration_ms = -1;
    if (ok)
        *facts = found;
    return ok;
}

bool audio_plausible(const struct audio_facts *facts, size_t chars, int64_t min_ms_per_char,
                     struct err *e) {
    if (min_ms_per_char <= 0 || facts->duration_ms < 0)
        return true;
    int64_t needed_ms;
    bool ok = !__builtin_mul_overflow(chars, min_ms_per_char, &needed_ms) &&
              facts->duration_ms >= needed_ms;
    return ok || err_set(e, ERR_INPUT, "%" PRId64 ".%d s of audio for %zu characters",
                         facts->duration_ms / 1000, (int)(facts->duration_ms % 1000 / 100), chars);
}

bool audio_within(const struct audio_facts *facts, int64_t max_s, struct err *e) {
    return max_s <= 0 || facts->duration_ms < max_s * 1000 ||
           err_set(e, ERR_INPUT,
                   "%" PRId64 ".%d s of audio: the provider cuts it at %" PRId64
                   " s, split the text",
                   facts->duration_ms / 1000, (int)(facts->duration_ms % 1000 / 100), max_s);
}
