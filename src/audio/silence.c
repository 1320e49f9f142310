/* silence.c: format_is_silent, see format.h. A voice begins within moments, so sound is told from
 * the first samples; only silence is read to its end. */
#include <math.h>
#include <string.h>

#include "audio/format.h"

#define STEP_BYTES 4096 /* a multiple of every sample's size but 3, which has its own */
#define STEP_BYTES_24 4095
#define PEAK_16 32 /* -60 dB below the largest sample of 16 bits */
#define PEAK_FLOAT 0.001F
#define MU_LAW_STEPS 4 /* steps of the companded scales below -60 dB */
#define A_LAW_STEPS 1

static bool u8_is_quiet(const unsigned char *s) {
    return *s == 0x80;
}

static bool s16_is_quiet(const unsigned char *s) {
    int16_t v;
    memcpy(&v, s, sizeof v); /* little-endian, as this machine is; a big-endian one hears noise */
    return v <= PEAK_16 && v >= -PEAK_16;
}

static bool s24_is_quiet(const unsigned char *s) {
    return s16_is_quiet(s + 1);
}

static bool s32_is_quiet(const unsigned char *s) {
    return s16_is_quiet(s + 2);
}

static bool f32_is_quiet(const unsigned char *s) {
    float v;
    memcpy(&v, s, sizeof v);
    return fabsf(v) <= PEAK_FLOAT;
}

static bool a_law_is_quiet(const unsigned char *s) {
    return ((*s ^ 0x55) & 0x7f) <= A_LAW_STEPS;
}

static bool mu_law_is_quiet(const unsigned char *s) {
    return (~*s & 0x7f) <= MU_LAW_STEPS;
}

static const struct {
    size_t bytes;
    bool (*is_quiet)(const unsigned char *sample);
} kinds[] = {
    [SAMPLES_UNKNOWN] = {0, NULL},         [SAMPLES_U8] = {1, u8_is_quiet},
    [SAMPLES_S16] = {2, s16_is_quiet},     [SAMPLES_S24] = {3, s24_is_quiet},
    [SAMPLES_S32] = {4, s32_is_quiet},     [SAMPLES_F32] = {4, f32_is_quiet},
    [SAMPLES_A_LAW] = {1, a_law_is_quiet}, [SAMPLES_MU_LAW] = {1, mu_law_is_quiet},
};

bool format_is_silent(struct audio_source *src, int64_t at, int64_t bytes, enum sample_kind kind) {
    unsigned char data[STEP_BYTES];
    size_t size = kinds[kind].bytes;
    if (size == 0)
        return false;
    for (int64_t end = at + bytes; at < end;) {
        size_t step = size == 3 ? STEP_BYTES_24 : STEP_BYTES;
        size_t want = end - at < (int64_t)step ? (size_t)(end - at) : step;
        size_t n = audio_source_read(src, at, data, want);
        for (size_t i = 0; i + size <= n; i += size)
            if (!kinds[kind].is_quiet(data + i))
                return false;
        if (n < want)
            break;
        at += (int64_t)n;
    }
    return true;
}
