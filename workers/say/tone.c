/* tone.c: see tone.h. */
#include "tone.h"

#include "base/ensure.h"
#include "wav.h"

#define PERIOD_SAMPLES 20 /* 400 Hz at 8 kHz */
#define PEAK 12000
#define PERIOD_SAMPLES_PCM (PERIOD_SAMPLES * ENCODE_FIXED_RATE_HZ / TONE_RATE_HZ)

/* A triangle wave from -PEAK to PEAK. */
static int16_t wave(size_t at, int period) {
    int phase = (int)(at % (size_t)period);
    int half = period / 2;
    int up = phase < half ? phase : period - phase;
    return (int16_t)(2 * PEAK * up / half - PEAK);
}

struct encode_sound tone_sound(size_t chars, unsigned ms_per_char, uint64_t text_hash) {
    size_t frames = (chars ? chars : 1) * ms_per_char * TONE_RATE_HZ / 1000;
    if (frames < TONE_MARK_SAMPLES)
        frames = TONE_MARK_SAMPLES;
    int16_t *samples = ensure_alloc(frames * sizeof *samples);
    for (size_t i = 0; i < TONE_MARK_SAMPLES; i++)
        samples[i] = text_hash >> (TONE_MARK_SAMPLES - 1 - i) & 1 ? PEAK : -PEAK;
    for (size_t i = TONE_MARK_SAMPLES; i < frames; i++)
        samples[i] = wave(i, PERIOD_SAMPLES);
    return (struct encode_sound){samples, frames, TONE_RATE_HZ};
}

static struct encode_blob fixed_wav(size_t bytes) {
    struct encode_blob out = {ensure_alloc(bytes), bytes};
    size_t frames = bytes - WAV_HEADER_BYTES;
    wav_header(out.data, TONE_RATE_HZ, 8, (uint32_t)frames);
    for (size_t i = 0; i < frames; i++) /* 8 bit samples are unsigned */
        out.data[WAV_HEADER_BYTES + i] = (uint8_t)(128 + wave(i, PERIOD_SAMPLES) / 256);
    return out;
}

static struct encode_blob fixed_pcm(size_t bytes) {
    struct encode_blob out = {ensure_alloc(bytes), bytes};
    for (size_t i = 0; i < bytes / 2; i++) {
        uint16_t value = (uint16_t)wave(i, PERIOD_SAMPLES_PCM);
        out.data[2 * i] = (uint8_t)(value & 0xff);
        out.data[2 * i + 1] = (uint8_t)(value >> 8);
    }
    return out;
}

struct encode_blob tone_fixed(enum encode_format format, size_t bytes) {
    PRE(bytes >= TONE_FIXED_BYTES_MIN && bytes <= TONE_FIXED_BYTES_MAX && bytes % 2 == 0);
    PRE(format == ENCODE_WAV || format == ENCODE_PCM);
    return format == ENCODE_WAV ? fixed_wav(bytes) : fixed_pcm(bytes);
}
